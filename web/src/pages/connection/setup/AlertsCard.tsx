import { Anchor, Card, Group, List, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { alertsQuery } from '../../../api/admin';
import { ProblemAlert } from '../../../components/ProblemAlert';
import { eventLabel, target } from '../../settings/alertRule';

/** AlertsCard says who hears of a connection, and of what. */
export function AlertsCard({ name }: { name: string }) {
  const rules = useQuery(alertsQuery);
  const here = (rules.data ?? []).filter((r) => !r.connection || r.connection === name);
  return (
    <Card component="section" aria-labelledby="card-alerts">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} fz="h4" id="card-alerts">
            Alerts
          </Title>
          <Anchor
            size="sm"
            renderRoot={(props) => (
              <Link to="/settings/{-$section}" params={{ section: 'alerts' }} {...props} />
            )}
          >
            All rules
          </Anchor>
        </Group>
        <ProblemAlert error={rules.error} retry={() => void rules.refetch()} />
        {rules.data && here.length === 0 && (
          <Text size="sm">Nobody is told when something about this connection needs a person.</Text>
        )}
        {here.length > 0 && (
          <List size="sm" spacing="xs">
            {here.map((r) => (
              <List.Item key={r.id}>
                <b>{r.name}</b>
                {r.disabled ? ' (switched off)' : ''}: {target(r)}, when{' '}
                {r.events.map((e) => eventLabel(e).toLowerCase()).join('; ')}
              </List.Item>
            ))}
          </List>
        )}
      </Stack>
    </Card>
  );
}
