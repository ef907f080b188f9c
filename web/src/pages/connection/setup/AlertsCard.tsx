import { ActionIcon, Anchor, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconEdit, IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { alertsQuery } from '../../../api/admin';
import type { Alert } from '../../../api/schema.gen';
import { useAccess } from '../../../components/access';
import { ProblemAlert } from '../../../components/ProblemAlert';
import { AlertForm } from '../../settings/AlertForm';
import { eventLabel, target } from '../../settings/alertRule';

/** AlertsCard says who hears of a connection, and of what. */
export function AlertsCard({ name }: { name: string }) {
  const rules = useQuery(alertsQuery);
  const { edit } = useAccess();
  const queries = useQueryClient();
  const [open, setOpen] = useState<Alert | 'new' | null>(null);
  const here = (rules.data ?? []).filter((r) => !r.connection || r.connection === name);
  return (
    <Card component="section" aria-labelledby="card-alerts">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} fz="h4" id="card-alerts">
            Alerts
          </Title>
          {edit && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={() => setOpen('new')}
            >
              Add a rule
            </Button>
          )}
        </Group>
        <ProblemAlert error={rules.error} retry={() => void rules.refetch()} />
        {rules.data && here.length === 0 && (
          <Text size="sm">Nobody is told when something about this connection needs a person.</Text>
        )}
        {here.map((r) => (
          <Group key={r.id} justify="space-between" wrap="nowrap" align="flex-start">
            <Text size="sm" miw={0} className="wrapped">
              <b>{r.name}</b>
              {r.connection ? '' : ', of all connections'}
              {r.disabled ? ' (switched off)' : ''}: {target(r)}, when{' '}
              {r.events.map((e) => eventLabel(e).toLowerCase()).join('; ')}
            </Text>
            {edit && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`Change the rule ${r.name}`}
                onClick={() => setOpen(r)}
              >
                <IconEdit size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        ))}
        <Anchor
          size="sm"
          w="fit-content"
          renderRoot={(props) => (
            <Link to="/settings/{-$section}" params={{ section: 'alerts' }} {...props} />
          )}
        >
          All rules
        </Anchor>
      </Stack>
      {open && (
        <AlertForm
          rule={open === 'new' ? undefined : open}
          connection={name}
          close={() => setOpen(null)}
          done={() => queries.invalidateQueries({ queryKey: alertsQuery.queryKey })}
        />
      )}
    </Card>
  );
}
