"""What models cannot say: the second policy of Member, the append-only trail, the stream's look at all changes."""

from django.db import migrations

from practices.append_only import forbid_changes, install_refusal

# For the short transaction in which login and middleware look up whose practices a user may enter, before any
# practice is in scope. SELECT only: one policy for both let a trainee make himself owner elsewhere.
OWN_MEMBERSHIPS = """
CREATE POLICY own_memberships ON practices_member FOR SELECT TO roger_app
  USING (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid));
"""

# The stream looks at all practices at once and carries ids only.
CHANGES_SINCE = """
CREATE FUNCTION changes_since(since xid8) RETURNS TABLE (practice_id int, kind varchar, ref uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT practice_id, kind, ref, id FROM public.practices_change WHERE transaction >= since
  ORDER BY transaction LIMIT 20000
$$;
REVOKE ALL ON FUNCTION changes_since(xid8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION changes_since(xid8) TO roger_app;
CREATE INDEX change_across_practices ON practices_change (transaction);
"""


class Migration(migrations.Migration):
    dependencies = [("practices", "0001_initial")]

    operations = [
        install_refusal(),
        forbid_changes("practices_auditevent"),
        migrations.RunSQL(OWN_MEMBERSHIPS, "DROP POLICY own_memberships ON practices_member"),
        migrations.RunSQL(CHANGES_SINCE, "DROP FUNCTION changes_since(xid8); DROP INDEX change_across_practices"),
    ]
