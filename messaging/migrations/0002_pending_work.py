"""What the sweep may know of all practices: how much work of which kind waits where. No row, no content."""

from django.db import migrations

PENDING_WORK = """
CREATE FUNCTION pending_work() RETURNS TABLE (practice_id int, kind text, count bigint)
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
    WHERE state = 'pending' AND run_after <= statement_timestamp() GROUP BY practice_id
$$;
REVOKE ALL ON FUNCTION pending_work() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pending_work() TO roger_app;
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]

    operations = [migrations.RunSQL(PENDING_WORK, "DROP FUNCTION pending_work()")]
