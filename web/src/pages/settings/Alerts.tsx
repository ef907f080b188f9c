import { ActionIcon, Badge, Button, Group, Stack, Table, Text, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconBell, IconSend, IconBellOff, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { alertsQuery } from '../../api/admin';
import { client, etag, take } from '../../api/client';
import type { Alert } from '../../api/schema.gen';
import { useAccess } from '../../components/access';
import { confirmPlainly } from '../../components/ConfirmByName';
import { Empty } from '../../components/Empty';
import { ObjectLink } from '../../components/ObjectLink';
import { ProblemAlert } from '../../components/ProblemAlert';
import { tellTrouble } from '../../components/tell';
import { Waiting } from '../../components/Waiting';
import { AlertForm } from './AlertForm';
import { eventLabel, quietText, target } from './alertRule';
import { SectionHead } from './SectionHead';
import { TestAnswer } from './TestAnswer';

/** Alerts is who hears of what. */
export function Alerts() {
  const rules = useQuery(alertsQuery);
  const { edit } = useAccess();
  const queries = useQueryClient();
  const [open, setOpen] = useState<Alert | 'new' | null>(null);
  const read = () => queries.invalidateQueries({ queryKey: alertsQuery.queryKey });
  const remove = (r: Alert) =>
    confirmPlainly({
      title: `Delete the rule ${r.name}`,
      children: 'Nobody hears of these events by it any more.',
      action: 'Delete',
      confirm: () =>
        take(
          client.DELETE('/api/v1/alerts/{id}', {
            params: { path: { id: r.id }, header: { 'If-Match': etag(r.version) } },
          }),
        ).finally(read),
    });
  const test = useMutation({
    mutationFn: (r: Alert) =>
      take(client.POST('/api/v1/alerts/{id}/test', { params: { path: { id: r.id } } })),
    onError: tellTrouble,
  });
  const make = edit && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen('new')}>
      Add a rule
    </Button>
  );
  const none = rules.data?.length === 0;
  return (
    <>
      <SectionHead
        title="Alerts"
        text="Who hears when something needs a person: once when it begins, once a day while it lasts, and when it is over."
        action={!none && make}
      />
      <ProblemAlert error={rules.error} retry={() => void rules.refetch()} />
      <TestAnswer rule={test.variables} answer={test.data} close={test.reset} />
      {rules.isPending && <Waiting lines={3} />}
      {none && (
        <Empty icon={IconBell} title="Nobody is told yet" action={make}>
          A rule sends messages to Slack, Microsoft Teams, PagerDuty, an e-mail address or a webhook when a
          run fails, waits for approval, or an audience is no longer fresh.
        </Empty>
      )}
      {rules.data && !none && (
        <Table.ScrollContainer minWidth={720}>
          <Table className="stacked" aria-label="Alert rules">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Rule</Table.Th>
                <Table.Th>Connection</Table.Th>
                <Table.Th>When</Table.Th>
                <Table.Th>Where to</Table.Th>
                {edit && (
                  <Table.Th w={130}>
                    <VisuallyHidden>Actions</VisuallyHidden>
                  </Table.Th>
                )}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rules.data.map((r) => (
                <Table.Tr key={r.id}>
                  <Table.Td>
                    <Stack gap="fine" align="flex-start">
                      <Text size="sm" fw={600}>
                        {r.name}
                      </Text>
                      {r.disabled && (
                        <Badge color="gray" leftSection={<IconBellOff size={13} aria-hidden />}>
                          Off
                        </Badge>
                      )}
                    </Stack>
                  </Table.Td>
                  <Table.Td data-label="Connection">
                    {r.connection ? <ObjectLink kind="connection" name={r.connection} /> : 'All'}
                  </Table.Td>
                  <Table.Td data-label="When">
                    <Group gap="fine">
                      {r.events.map((e) => (
                        <Badge key={e} color="gray">
                          {eventLabel(e)}
                        </Badge>
                      ))}
                    </Group>
                  </Table.Td>
                  <Table.Td data-label="Where to">
                    {target(r)}
                    {r.quiet && (
                      <Text size="xs" c="dimmed">
                        {quietText(r)}
                      </Text>
                    )}
                  </Table.Td>
                  {edit && (
                    <Table.Td>
                      <Group gap="fine" wrap="nowrap">
                        <Tooltip label="Send a test message">
                          <ActionIcon
                            variant="subtle"
                            color="gray"
                            aria-label={`Send a test message of ${r.name}`}
                            loading={test.isPending && test.variables.id === r.id}
                            onClick={() => test.mutate(r)}
                          >
                            <IconSend size={18} />
                          </ActionIcon>
                        </Tooltip>
                        <Tooltip label="Change">
                          <ActionIcon
                            variant="subtle"
                            color="gray"
                            aria-label={`Change the rule ${r.name}`}
                            onClick={() => setOpen(r)}
                          >
                            <IconPencil size={18} />
                          </ActionIcon>
                        </Tooltip>
                        <Tooltip label="Delete">
                          <ActionIcon
                            variant="subtle"
                            color="red"
                            aria-label={`Delete the rule ${r.name}`}
                            onClick={() => remove(r)}
                          >
                            <IconTrash size={18} />
                          </ActionIcon>
                        </Tooltip>
                      </Group>
                    </Table.Td>
                  )}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {open && <AlertForm rule={open === 'new' ? undefined : open} close={() => setOpen(null)} done={read} />}
    </>
  );
}
