"""The sweep also finds the lists of old consents that are being carried out, should a broker have forgotten them."""

from django.db import migrations

PENDING_WORK = """
CREATE OR REPLACE FUNCTION pending_work() RETURNS TABLE (practice_id int, kind text, count bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT practice_id, 'inbound', count(*) FROM public.messaging_webhookdelivery
    WHERE state = 'pending' GROUP BY practice_id
  UNION ALL
  SELECT practice_id, 'outbound', count(*) FROM public.messaging_message
    WHERE (state = 'queued' AND run_after <= statement_timestamp()) OR state = 'sending' GROUP BY practice_id
  UNION ALL
  SELECT practice_id, 'receipts', count(*) FROM public.messaging_conversation
    WHERE receipt_up_to_id IS NOT NULL AND receipt_after <= statement_timestamp() GROUP BY practice_id
  UNION ALL
  SELECT practice_id, 'media', count(*) FROM public.messaging_mediafile
    WHERE state = 'pending' AND run_after <= statement_timestamp() GROUP BY practice_id{more}
$$;
"""
IMPORTS = """
  UNION ALL
  SELECT practice_id, 'import', count(*) FROM public.consent_consentimport
    WHERE state = 'running' GROUP BY practice_id"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0004_advertising_index"), ("consent", "0004_more_doors")]

    operations = [migrations.RunSQL(PENDING_WORK.format(more=IMPORTS), PENDING_WORK.format(more=""))]
