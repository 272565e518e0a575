"""Names that Runway's account lists and that Dailies does not offer, so that a new one stands out among them.

From the usage types of the official SDK 5.24.0: sound, speech, characters, pictures of other vendors, recipes; and
"gen4" and "robotics_v1", which it lists among the models of image-to-video and refuses.
"""

NOT_OFFERED = frozenset(
    {
        "ad_localization", "eleven_multilingual_sts_v2", "eleven_multilingual_v2", "eleven_scribe_v2",
        "eleven_text_to_sound_v2", "eleven_v3", "eleven_v4", "eleven_voice_dubbing", "eleven_voice_isolation",
        "gemini_image3.1_flash_lite", "gen4", "gpt_image_2_5_flare", "gpt_image_2_5_sunburst",
        "gwm1_avatar_async_audio_to_video", "gwm1_avatar_async_text_to_video", "gwm1_avatars", "ideogram_4_0",
        "ideogram_4_5", "magnific_precision_upscaler_v2", "marketing_stock_image", "multi_shot_video",
        "nano_banana_2.1", "product_ad", "product_campaign_image", "product_swap", "product_ugc", "recraft_v4_1_flash",
        "recraft_v4_1_vector", "robotics_v1", "seed_audio", "seedream5_flash", "voice_processing",
    }
)  # fmt: skip
