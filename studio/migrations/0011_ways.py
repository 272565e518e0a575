"""Ways, inputs of any kind, and files of clips."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def name_ways(apps, schema_editor):
    """What had a frame was image to video; the rest keeps the default."""
    generations = apps.get_model("studio", "Generation").objects
    generations.filter(inputs__isnull=False).update(way="image_to_video")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_people_and_teams'),
        ('studio', '0010_other_key'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClipFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField()),
                ('key', models.CharField(max_length=200, unique=True)),
                ('filename', models.CharField(max_length=120)),
                ('label', models.CharField(blank=True, max_length=60)),
                ('content_type', models.CharField(max_length=60)),
                ('size_bytes', models.PositiveBigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('missing_since', models.DateTimeField(blank=True, help_text='When the sweep found no object under its key.', null=True)),
                ('checked_at', models.DateTimeField(blank=True, help_text='When the sweep last found its object.', null=True)),
            ],
            options={
                'ordering': ['order'],
            },
        ),
        migrations.AlterModelOptions(
            name='generationreference',
            options={'ordering': ['pk']},
        ),
        migrations.RemoveConstraint(
            model_name='clip',
            name='clip_has_a_size',
        ),
        migrations.RemoveConstraint(
            model_name='generation',
            name='generation_numbers_in_range',
        ),
        migrations.RemoveConstraint(
            model_name='generationreference',
            name='frame_once_a_position',
        ),
        migrations.RemoveConstraint(
            model_name='generationreference',
            name='frame_position_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='reference',
            name='reference_has_a_size',
        ),
        migrations.RemoveConstraint(
            model_name='reference',
            name='reference_is_an_image',
        ),
        migrations.RemoveConstraint(
            model_name='referenceupload',
            name='upload_once_an_account',
        ),
        migrations.RenameField(model_name='generationreference', old_name='position', new_name='role'),
        migrations.AddField(
            model_name='clip',
            name='kind',
            field=models.CharField(choices=[('image', 'Image'), ('video', 'Video'), ('audio', 'Sound')], default='video', max_length=8),
        ),
        migrations.AddField(
            model_name='generation',
            name='auto_duration',
            field=models.BooleanField(default=False, help_text='The provider decides on the length.'),
        ),
        migrations.AddField(
            model_name='generation',
            name='extras',
            field=models.JSONField(blank=True, default=dict, help_text='What only some models take, by wire name.'),
        ),
        migrations.AddField(
            model_name='generation',
            name='resolution',
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name='generation',
            name='way',
            field=models.CharField(choices=[('text_to_video', 'Text to video'), ('image_to_video', 'Image to video'), ('video_to_video', 'Video to video'), ('character_performance', 'Performance'), ('video_upscale', 'Upscale'), ('video_to_hdr', 'HDR'), ('video_to_audio', 'Sound'), ('text_to_image', 'Still')], default='text_to_video', max_length=24),
        ),
        migrations.AddField(
            model_name='generationreference',
            name='at_s',
            field=models.DecimalField(blank=True, decimal_places=3, max_digits=7, null=True),
        ),
        migrations.AddField(
            model_name='generationreference',
            name='clip',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='studio.clip'),
        ),
        migrations.AddField(
            model_name='generationreference',
            name='crop',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='generationreference',
            name='order',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='generationreference',
            name='role',
            field=models.CharField(choices=[('first', 'First frame'), ('middle', 'Middle frame'), ('last', 'Last frame'), ('reference_image', 'Reference image'), ('reference_video', 'Reference video'), ('reference_audio', 'Reference sound'), ('source', 'Source video'), ('character', 'Character'), ('performance', 'Performance'), ('keyframe', 'Keyframe')], max_length=20),
        ),
        migrations.AddField(
            model_name='generationreference',
            name='tag',
            field=models.CharField(blank=True, help_text='The name by which the prompt calls it: @tag.', max_length=16),
        ),
        migrations.AddField(
            model_name='reference',
            name='changes',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='reference',
            name='duration_ms',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='reference',
            name='fps',
            field=models.DecimalField(decimal_places=3, default=0, max_digits=7),
        ),
        migrations.AddField(
            model_name='reference',
            name='from_clip',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='references_from', to='studio.clip'),
        ),
        migrations.AddField(
            model_name='reference',
            name='has_sound',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='reference',
            name='kind',
            field=models.CharField(choices=[('image', 'Image'), ('video', 'Video'), ('audio', 'Sound')], default='image', max_length=8),
        ),
        migrations.AddField(
            model_name='referenceupload',
            name='clip',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to='studio.clip'),
        ),
        migrations.AddField(
            model_name='referenceupload',
            name='variant',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name='generation',
            name='duration_s',
            field=models.PositiveSmallIntegerField(help_text="As asked for; else as expected: the source's length, or the longest. 0 for a still."),
        ),
        migrations.AlterField(
            model_name='generation',
            name='ratio',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AlterField(
            model_name='generationreference',
            name='generation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='inputs', to='studio.generation'),
        ),
        migrations.AlterField(
            model_name='generationreference',
            name='reference',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='studio.reference'),
        ),
        migrations.AlterField(
            model_name='referenceupload',
            name='reference',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to='studio.reference'),
        ),
        migrations.AddConstraint(
            model_name='clip',
            constraint=models.CheckConstraint(condition=models.Q(('size_bytes__gt', 0), models.Q(models.Q(('duration_ms__gt', 0), ('height__gt', 0), ('kind', 'video'), ('width__gt', 0)), models.Q(('height__gt', 0), ('kind', 'image'), ('width__gt', 0)), models.Q(('duration_ms__gt', 0), ('kind', 'audio')), _connector='OR')), name='clip_has_a_size'),
        ),
        migrations.AddConstraint(
            model_name='generation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('duration_s__gt', 0), ('way', 'text_to_image'), _connector='OR'), ('take_number__gte', 1), ('take_number__lte', 4)), name='generation_numbers_in_range'),
        ),
        migrations.AddConstraint(
            model_name='generation',
            constraint=models.CheckConstraint(condition=models.Q(('way__in', ['text_to_video', 'image_to_video', 'video_to_video', 'character_performance', 'video_upscale', 'video_to_hdr', 'video_to_audio', 'text_to_image'])), name='generation_way_is_known'),
        ),
        migrations.AddConstraint(
            model_name='generationreference',
            constraint=models.UniqueConstraint(fields=('generation', 'role', 'order'), name='input_once_a_place'),
        ),
        migrations.AddConstraint(
            model_name='generationreference',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['first', 'middle', 'last', 'reference_image', 'reference_video', 'reference_audio', 'source', 'character', 'performance', 'keyframe'])), name='input_role_is_known'),
        ),
        migrations.AddConstraint(
            model_name='generationreference',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('clip__isnull', True), ('reference__isnull', False)), models.Q(('clip__isnull', False), ('reference__isnull', True)), _connector='OR'), name='input_is_a_reference_or_a_clip'),
        ),
        migrations.AddConstraint(
            model_name='reference',
            constraint=models.CheckConstraint(condition=models.Q(('size_bytes__gt', 0), models.Q(models.Q(('height__gt', 0), ('kind', 'image'), ('width__gt', 0)), models.Q(('duration_ms__gt', 0), ('height__gt', 0), ('kind', 'video'), ('width__gt', 0)), models.Q(('duration_ms__gt', 0), ('kind', 'audio')), _connector='OR')), name='reference_has_a_size'),
        ),
        migrations.AddConstraint(
            model_name='reference',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'image'), _negated=True), ('content_type__in', ['image/jpeg', 'image/png', 'image/webp']), _connector='OR'), name='reference_image_has_a_type'),
        ),
        migrations.AddConstraint(
            model_name='referenceupload',
            constraint=models.UniqueConstraint(condition=models.Q(('reference__isnull', False)), fields=('reference', 'variant', 'provider', 'account'), name='upload_once_an_account'),
        ),
        migrations.AddConstraint(
            model_name='referenceupload',
            constraint=models.UniqueConstraint(condition=models.Q(('clip__isnull', False)), fields=('clip', 'variant', 'provider', 'account'), name='upload_of_clip_once_an_account'),
        ),
        migrations.AddConstraint(
            model_name='referenceupload',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('clip__isnull', True), ('reference__isnull', False)), models.Q(('clip__isnull', False), ('reference__isnull', True)), _connector='OR'), name='upload_is_of_a_reference_or_a_clip'),
        ),
        migrations.AddField(
            model_name='clipfile',
            name='clip',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='studio.clip'),
        ),
        migrations.AddConstraint(
            model_name='clipfile',
            constraint=models.UniqueConstraint(fields=('clip', 'order'), name='clip_file_once_a_place'),
        ),
        migrations.AddConstraint(
            model_name='clipfile',
            constraint=models.CheckConstraint(condition=models.Q(('size_bytes__gt', 0)), name='clip_file_has_a_size'),
        ),
        migrations.RunPython(name_ways, migrations.RunPython.noop),
    ]
