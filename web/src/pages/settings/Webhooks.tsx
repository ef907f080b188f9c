import { ActionIcon, Button, Stack, Table, Text, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconPlus, IconTrash, IconWebhook } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { webhooksQuery } from '../../api/admin';
import { client, take } from '../../api/client';
import type { Webhook } from '../../api/schema.gen';
import { Ago } from '../../components/Ago';
import { confirmPlainly } from '../../components/ConfirmByName';
import { Empty } from '../../components/Empty';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Waiting } from '../../components/Waiting';
import { SectionHead } from './SectionHead';
import { kindLabel, WebhookForm } from './WebhookForm';

/** Webhooks hear of the work of other tools, and start connections after it. */
export function Webhooks() {
  const hooks = useQuery(webhooksQuery);
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const read = () => queries.invalidateQueries({ queryKey: webhooksQuery.queryKey });
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      Add a webhook
    </Button>
  );
  const none = hooks.data?.length === 0;
  return (
    <section aria-label="Webhooks">
      <SectionHead
        title="Webhooks"
        text="Connections start when dbt Cloud, Fivetran, Airbyte or a script tells that its work ended well."
        action={!none && add}
      />
      <ProblemAlert error={hooks.error} retry={() => void hooks.refetch()} />
      {hooks.isPending && <Waiting lines={2} />}
      {none && (
        <Empty icon={IconWebhook} title="No webhooks yet" action={add}>
          A webhook has an address that the other tool calls, and a secret that it signs with. Connections
          name it as their schedule.
        </Empty>
      )}
      {hooks.data && !none && <WebhookTable hooks={hooks.data} read={read} />}
      {adding && <WebhookForm close={() => setAdding(false)} done={read} />}
    </section>
  );
}

function WebhookTable({ hooks, read }: { hooks: Webhook[]; read: () => Promise<unknown> }) {
  const remove = (h: Webhook) =>
    confirmPlainly({
      title: `Delete the webhook ${h.name}`,
      children: 'What calls its address is refused from now on. One that connections name is kept.',
      action: 'Delete',
      confirm: () =>
        take(client.DELETE('/api/v1/webhooks/{name}', { params: { path: { name: h.name } } })).then(read),
    });
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table className="stacked" aria-label="Webhooks">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Webhook</Table.Th>
            <Table.Th>Hears from</Table.Th>
            <Table.Th>Last event</Table.Th>
            <Table.Th>It started</Table.Th>
            <Table.Th w={60}>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {hooks.map((h) => (
            <Table.Tr key={h.name}>
              <Table.Td>
                <Stack gap={0}>
                  <Text size="sm" fw={600}>
                    {h.name}
                  </Text>
                  <Text size="xs" c="dimmed" ff="monospace">
                    {h.path}
                  </Text>
                </Stack>
              </Table.Td>
              <Table.Td data-label="Hears from">
                {kindLabel(h.kind)}
                {h.about && `, ${h.about}`}
              </Table.Td>
              <Table.Td data-label="Last event">
                <Ago at={h.last_at} />
                {h.last_event && (
                  <Text size="xs" c="dimmed">
                    {h.last_event}
                  </Text>
                )}
              </Table.Td>
              <Table.Td data-label="It started">
                {h.last_started.join(', ') || (h.last_at ? 'nothing' : '')}
              </Table.Td>
              <Table.Td>
                <Tooltip label="Delete">
                  <ActionIcon
                    variant="subtle"
                    color="red"
                    aria-label={`Delete the webhook ${h.name}`}
                    onClick={() => remove(h)}
                  >
                    <IconTrash size={18} />
                  </ActionIcon>
                </Tooltip>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
