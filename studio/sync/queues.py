"""Names of the queues that workers listen to. The settings read them: nothing else may stand here."""

CLIPS_QUEUE = "clips"
