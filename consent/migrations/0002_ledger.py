"""The chain of the consent ledger, filled by the database and never by the client (security.md 3.3)."""

from django.db import migrations

from practices.append_only import forbid_changes

# Gapless per practice under a lock of the transaction; the lock's key space (1) is the ledger's alone.
CHAIN = """
CREATE FUNCTION chain_consent_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  last record;
BEGIN
  PERFORM pg_advisory_xact_lock(1, NEW.practice_id);
  SELECT seq, hash INTO last FROM public.consent_consentevent
    WHERE practice_id = NEW.practice_id ORDER BY seq DESC LIMIT 1;
  NEW.seq := coalesce(last.seq, 0) + 1;
  NEW.prev_hash := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
  NEW.recorded_at := date_trunc('milliseconds', clock_timestamp());
  NEW.hash := sha256(
    '\\x01'::bytea
    || int4send(NEW.practice_id) || int8send(NEW.seq)
    || uuid_send(NEW.id)
    || convert_to(rpad(NEW.type, 20), 'UTF8') || convert_to(rpad(NEW.channel, 20), 'UTF8')
    || coalesce(uuid_send(NEW.contact_id), decode(repeat('00', 16), 'hex'))
    || coalesce(uuid_send(NEW.pending_opt_in_id), decode(repeat('00', 16), 'hex'))
    || coalesce(uuid_send(NEW.patient_id), decode(repeat('00', 16), 'hex'))
    || coalesce(uuid_send(NEW.text_id), decode(repeat('00', 16), 'hex'))
    || uuid_send(NEW.evidence_id)
    || int8send((extract(epoch FROM NEW.occurred_at) * 1000)::bigint)
    || int8send((extract(epoch FROM NEW.recorded_at) * 1000)::bigint)
    || NEW.commitment || NEW.prev_hash
  );
  RETURN NEW;
END $$;
CREATE TRIGGER chain BEFORE INSERT ON consent_consentevent FOR EACH ROW EXECUTE FUNCTION chain_consent_event();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial"), ("practices", "0002_walls_and_trail")]

    operations = [
        migrations.RunSQL(CHAIN, "DROP TRIGGER chain ON consent_consentevent; DROP FUNCTION chain_consent_event();"),
        forbid_changes("consent_consentevent"),
        forbid_changes("consent_consenttext"),
        forbid_changes("consent_ledgercheckpoint"),
    ]
