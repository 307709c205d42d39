import accounts.ground.dated_field
import accounts.ground.exact_field
import accounts.ground.log_index
import django.db.models.deletion
import django.db.models.functions.datetime
import tokens.models
from django.conf import settings
from django.db import migrations, models

from accounts.ground.autovacuum import COUNTING, PASSING, Autovacuum


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('admin', '0003_logentry_add_action_flag_choices'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeviceCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'default_permissions': (),
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='IDToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'default_permissions': (),
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='AccessToken',
            fields=[
                ('key', accounts.ground.exact_field.ExactField(max_length=64, primary_key=True, serialize=False)),
                ('claims', models.JSONField()),
                ('created', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires', models.DateTimeField(db_index=True)),
            ],
            options={'default_permissions': ()},
        ),
        migrations.CreateModel(
            name='Authorization',
            fields=[
                ('id', accounts.ground.exact_field.ExactField(max_length=64, primary_key=True, serialize=False)),
                ('client_id', accounts.ground.exact_field.ExactField(max_length=255)),
                ('subject', models.UUIDField()),
                ('sid', accounts.ground.exact_field.ExactField(db_index=True, max_length=64, null=True)),
                ('told_sid', accounts.ground.exact_field.ExactField(db_index=True, max_length=64, null=True)),
                ('consent_id', accounts.ground.exact_field.ExactField(max_length=64, null=True)),
                ('scope', models.TextField()),
                ('auth_time', models.DateTimeField()),
                ('acr', models.CharField(max_length=64)),
                ('amr', models.JSONField()),
                ('root_at', models.DateTimeField()),
                ('created', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created')),
                ('expires', models.DateTimeField()),
                ('kept_until', models.DateTimeField(db_index=True)),
                ('resource', models.JSONField(default=tokens.models.empty_list)),
                ('claims', models.JSONField(default=dict)),
                ('family', accounts.ground.exact_field.ExactField(max_length=64, null=True)),
            ],
            options={
                'verbose_name': 'authorization',
                'verbose_name_plural': 'authorizations',
                'indexes': [models.Index(fields=['client_id', 'id'], name='authorization_of_client'), models.Index(fields=['subject', 'id'], name='authorization_of_subject')],
            },
        ),
        migrations.CreateModel(
            name='AuthorizationCode',
            fields=[
                ('key', accounts.ground.exact_field.ExactField(max_length=64, primary_key=True, serialize=False)),
                ('client_id', accounts.ground.exact_field.ExactField(max_length=255)),
                ('authorization', models.JSONField()),
                ('redirect_uri', models.TextField()),
                ('code_challenge', models.CharField(max_length=64, null=True)),
                ('nonce', models.TextField(null=True)),
                ('dpop_jkt', models.CharField(max_length=64, null=True)),
                ('created', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires', models.DateTimeField(db_index=True)),
                ('spent_at', models.DateTimeField(null=True)),
            ],
            options={'default_permissions': ()},
        ),
        migrations.CreateModel(
            name='Client',
            fields=[
                ('client_id', accounts.ground.exact_field.ExactField(max_length=255, primary_key=True, serialize=False, verbose_name='client ID')),
                ('client_name', models.CharField(max_length=255, verbose_name='name')),
                ('name_key', accounts.ground.exact_field.ExactField(default='', editable=False, max_length=100)),
                ('enabled', models.BooleanField(default=True, verbose_name='enabled')),
                ('development', models.BooleanField(default=False, verbose_name='development')),
                ('grant_types', models.JSONField(blank=True, default=tokens.models.empty_list, validators=[tokens.models.check_texts], verbose_name='grant types')),
                ('application_type', models.CharField(max_length=8, verbose_name='application type')),
                ('token_endpoint_auth_method', models.CharField(max_length=32, verbose_name='authentication method')),
                ('scope', models.TextField(blank=True, verbose_name='scope')),
                ('backchannel_logout_uri', models.URLField(blank=True, verbose_name='address for logout notices')),
                ('backchannel_logout_session_required', models.BooleanField(default=False, verbose_name='notices name the session')),
                ('metadata', models.JSONField(default=dict, verbose_name='metadata')),
                ('pkce_seen', models.DateTimeField(editable=False, null=True)),
                ('nonce_seen', models.DateTimeField(editable=False, null=True)),
                ('neither_seen', models.DateTimeField(editable=False, null=True)),
                ('logout_failing_since', models.DateTimeField(editable=False, null=True)),
                ('created', accounts.ground.dated_field.DatedField(auto_now_add=True, verbose_name='created')),
                ('updated', accounts.ground.dated_field.DatedField(auto_now=True, verbose_name='updated')),
            ],
            options={
                'verbose_name': 'client',
                'verbose_name_plural': 'clients',
                'indexes': [models.Index(fields=['name_key', 'client_id'], name='client_by_name')],
            },
        ),
        migrations.CreateModel(
            name='ClientAssertion',
            fields=[
                ('key', accounts.ground.exact_field.ExactField(max_length=64, primary_key=True, serialize=False)),
                ('expires', models.DateTimeField(db_index=True)),
            ],
            options={'default_permissions': ()},
        ),
        migrations.CreateModel(
            name='Interaction',
            fields=[
                ('key', accounts.ground.exact_field.ExactField(max_length=64, primary_key=True, serialize=False)),
                ('browser', accounts.ground.exact_field.ExactField(max_length=64)),
                ('client_id', accounts.ground.exact_field.ExactField(max_length=255)),
                ('parameters', models.JSONField()),
                ('steps', models.TextField(default='')),
                ('created', models.DateTimeField()),
                ('expires', models.DateTimeField(db_index=True)),
            ],
            options={'default_permissions': ()},
        ),
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('client_id', accounts.ground.exact_field.ExactField(max_length=255, primary_key=True, serialize=False)),
                ('version', models.BigIntegerField()),
                ('since', models.BigIntegerField()),
                ('published', models.BooleanField(default=False)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['published', 'version'], name='publication_owed')],
            },
        ),
        migrations.CreateModel(
            name='ResourcesVersion',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('version', models.UUIDField()),
            ],
            options={'default_permissions': ()},
        ),
        migrations.CreateModel(
            name='Lease',
            fields=[
                ('task', accounts.ground.exact_field.ExactField(max_length=64, primary_key=True, serialize=False)),
                ('epoch', models.BigIntegerField(default=0)),
                ('slot', models.BigIntegerField(default=-1)),
                ('until', models.DateTimeField(null=True)),
                ('succeeded', models.BigIntegerField(null=True)),
                ('failures', models.BigIntegerField(default=0)),
            ],
            options={'default_permissions': ()},
        ),
        migrations.CreateModel(
            name='Ending',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('sid', accounts.ground.exact_field.ExactField(max_length=64, null=True)),
                ('subject', models.UUIDField()),
                ('until', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
                ('kept_until', models.DateTimeField()),
            ],
            options={'default_permissions': ()},
        ),
        migrations.CreateModel(
            name='LogoutRecheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sid', accounts.ground.exact_field.ExactField(max_length=64, null=True)),
                ('subject', models.UUIDField()),
                ('ended_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('due', models.DateTimeField(db_index=True)),
            ],
            options={'default_permissions': ()},
        ),
        migrations.CreateModel(
            name='RefreshToken',
            fields=[
                ('key', accounts.ground.exact_field.ExactField(max_length=64, primary_key=True, serialize=False)),
                ('authorization_id', accounts.ground.exact_field.ExactField(max_length=64)),
                ('client_id', accounts.ground.exact_field.ExactField(max_length=255)),
                ('generation', models.PositiveIntegerField()),
                ('scope', models.TextField()),
                ('confirmation', models.JSONField(null=True)),
                ('created', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires', models.DateTimeField(db_index=True)),
                ('spent_at', models.DateTimeField(null=True)),
            ],
            options={'default_permissions': ()},
        ),
        migrations.CreateModel(
            name='Revocation',
            fields=[
                ('key', accounts.ground.exact_field.ExactField(max_length=271, primary_key=True, serialize=False)),
                ('revoked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('until', models.DateTimeField(null=True)),
                ('expires', models.DateTimeField(db_index=True)),
            ],
            options={'default_permissions': ()},
        ),
        migrations.CreateModel(
            name='SigningKey',
            fields=[
                ('kid', accounts.ground.exact_field.ExactField(max_length=64, primary_key=True, serialize=False)),
                ('alg', models.CharField(max_length=8)),
                ('public', models.JSONField()),
                ('private', models.TextField()),
                ('state', models.CharField(max_length=8)),
                ('slot', accounts.ground.exact_field.ExactField(max_length=16, null=True, unique=True)),
                ('created', models.DateTimeField(db_index=True, verbose_name='created')),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='in this state since')),
            ],
            options={
                'verbose_name': 'signing key',
                'verbose_name_plural': 'signing keys',
            },
        ),
        migrations.CreateModel(
            name='ClientLogo',
            fields=[
                ('client', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='kept_logo', serialize=False, to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL)),
                ('name', models.CharField(max_length=80)),
                ('content', models.BinaryField()),
            ],
            options={
                'default_permissions': (),
                'verbose_name': 'logo',
                'verbose_name_plural': 'logos',
                'indexes': [models.Index(fields=['name'], name='logo_by_name')],
            },
        ),
        migrations.CreateModel(
            name='ClientSecret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pepper', models.CharField(max_length=32)),
                ('digest', models.CharField(max_length=64)),
                ('created', accounts.ground.dated_field.DatedField(auto_now_add=True)),
                ('client_secret_expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires')),
                ('last_used', models.DateTimeField(blank=True, null=True, verbose_name='last used')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='secrets', to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL)),
            ],
            options={
                'default_permissions': (),
                'verbose_name': 'client secret',
                'verbose_name_plural': 'client secrets',
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', accounts.ground.exact_field.ExactField(max_length=64, primary_key=True, serialize=False)),
                ('subject', models.UUIDField()),
                ('client_id', accounts.ground.exact_field.ExactField(max_length=255)),
                ('scope', models.TextField()),
                ('claims', models.JSONField(default=tokens.models.empty_list)),
                ('resource', models.JSONField(default=tokens.models.empty_list)),
                ('granted_at', models.DateTimeField()),
                ('expires', models.DateTimeField(db_index=True)),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'indexes': [models.Index(fields=['client_id', 'id'], name='consent_of_client')],
                'constraints': [models.UniqueConstraint(fields=('subject', 'client_id'), name='one_consent_a_client')],
            },
        ),
        migrations.CreateModel(
            name='LogoutDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client_id', accounts.ground.exact_field.ExactField(max_length=255, verbose_name='client')),
                ('subject', models.UUIDField(verbose_name='person')),
                ('sid', accounts.ground.exact_field.ExactField(max_length=64, null=True)),
                ('created', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                ('due', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), null=True, verbose_name='next attempt')),
                ('delivered_at', models.DateTimeField(null=True, verbose_name='delivered')),
                ('outcome', models.CharField(default='', max_length=255, verbose_name='last outcome')),
                ('expires', models.DateTimeField(db_index=True, null=True)),
            ],
            options={
                'verbose_name': 'logout notice',
                'verbose_name_plural': 'logout notices',
                'indexes': [models.Index(fields=['client_id', 'due'], name='logout_of_client'), models.Index(fields=['due', 'client_id'], name='logout_due'), models.Index(fields=['client_id', 'id'], name='logout_list_of_client'), models.Index(fields=['subject', 'id'], name='logout_list_of_subject')],
            },
        ),
        migrations.CreateModel(
            name='Resource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identifier', accounts.ground.exact_field.ExactField(max_length=255, unique=True, verbose_name='identifier')),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('name_key', accounts.ground.exact_field.ExactField(default='', editable=False, max_length=100)),
                ('scope', models.TextField(blank=True, verbose_name='scope')),
                ('access_token_format', models.CharField(choices=[('jwt', 'jwt'), ('opaque', 'opaque')], default='jwt', max_length=8, verbose_name='token format')),
                ('access_token_signed_response_alg', models.CharField(choices=[('RS256', 'RS256'), ('PS256', 'PS256'), ('ES256', 'ES256'), ('EdDSA', 'EdDSA')], default='RS256', max_length=8, verbose_name='token algorithm')),
                ('access_token_typ', models.CharField(choices=[('at+jwt', 'at+jwt'), ('JWT', 'JWT')], default='at+jwt', max_length=8, verbose_name='token type')),
                ('introspection_claims', models.JSONField(blank=True, default=tokens.models.empty_list, verbose_name='told at introspection')),
                ('scope_sentences', models.JSONField(blank=True, default=tokens.models.empty_list, verbose_name='sentences of its scopes')),
                ('created', accounts.ground.dated_field.DatedField(auto_now_add=True, verbose_name='created')),
                ('updated', accounts.ground.dated_field.DatedField(auto_now=True, verbose_name='updated')),
                ('owners', models.ManyToManyField(blank=True, related_name='resources', to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL, verbose_name='clients')),
            ],
            options={
                'verbose_name': 'resource',
                'verbose_name_plural': 'resources',
                'indexes': [models.Index(fields=['name_key', 'id'], name='resource_by_name')],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', accounts.ground.exact_field.ExactField(max_length=64, verbose_name='task')),
                ('epoch', models.BigIntegerField(verbose_name='number')),
                ('slot', models.BigIntegerField()),
                ('node', models.CharField(max_length=255, verbose_name='node')),
                ('started', models.DateTimeField(verbose_name='started')),
                ('finished', models.DateTimeField(null=True, verbose_name='finished')),
                ('rows', models.JSONField(default=dict, verbose_name='rows')),
                ('error', models.CharField(default='', max_length=255, verbose_name='error')),
                ('expires', models.DateTimeField(db_index=True)),
            ],
            options={
                'verbose_name': 'run of scheduled work',
                'verbose_name_plural': 'runs of scheduled work',
                'constraints': [models.UniqueConstraint(fields=('task', 'epoch'), name='one_run_a_claim')],
            },
        ),
        migrations.RunPython(accounts.ground.log_index.add, accounts.ground.log_index.remove, atomic=False),
        Autovacuum('tokens_accesstoken', PASSING),
        Autovacuum('tokens_authorization', PASSING),
        Autovacuum('tokens_authorizationcode', PASSING),
        Autovacuum('tokens_clientassertion', PASSING),
        Autovacuum('tokens_consent', PASSING),
        Autovacuum('tokens_ending', PASSING),
        Autovacuum('tokens_interaction', PASSING),
        Autovacuum('tokens_logoutdelivery', PASSING),
        Autovacuum('tokens_logoutrecheck', PASSING),
        Autovacuum('tokens_refreshtoken', PASSING),
        Autovacuum('tokens_revocation', PASSING),
        Autovacuum('tokens_run', PASSING),
        Autovacuum('tokens_lease', COUNTING),
    ]
