import {
  ActionIcon,
  Badge,
  Button,
  Code,
  Group,
  Stack,
  Table,
  Text,
  Tooltip,
  VisuallyHidden,
} from '@mantine/core';
import { IconKey, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { tokensQuery, usersQuery } from '../../api/admin';
import { client, take } from '../../api/client';
import type { Me, Token } from '../../api/schema.gen';
import { Ago } from '../../components/Ago';
import { confirmPlainly } from '../../components/ConfirmByName';
import { Empty } from '../../components/Empty';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Waiting } from '../../components/Waiting';
import { roleLabel } from './roles';
import { SectionHead } from './SectionHead';
import { TokenForm } from './TokenForm';

/** Tokens are the keys to the API; administrators see everybody's. */
export function Tokens({ me }: { me: Me }) {
  const tokens = useQuery(tokensQuery);
  const admin = me.role === 'admin';
  const users = useQuery({ ...usersQuery, enabled: admin });
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const owner = (t: Token) =>
    t.user_id === me.id ? 'you' : (users.data?.find((u) => u.id === t.user_id)?.email ?? t.user_id);
  const read = () => queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
  const remove = (t: Token) =>
    confirmPlainly({
      title: `Delete the token ${t.name}`,
      children: 'Whatever uses it is refused from now on, and so are tokens that were made with it.',
      action: 'Delete',
      confirm: () =>
        take(client.DELETE('/api/v1/tokens/{id}', { params: { path: { id: t.id } } })).then(read),
    });
  const make = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      Make a token
    </Button>
  );
  const none = tokens.data?.length === 0;
  return (
    <section aria-label="API tokens">
      <SectionHead
        title="API tokens"
        text={
          <>
            For commands, Airflow, Dagster and scripts: <Code>EDDY_TOKEN</Code>, or{' '}
            <Code>Authorization: Bearer</Code> with the token.
          </>
        }
        action={!none && make}
      />
      <ProblemAlert error={tokens.error} retry={() => void tokens.refetch()} />
      {tokens.isPending && <Waiting lines={2} />}
      {none && (
        <Empty icon={IconKey} title="No tokens yet" action={make}>
          A token lets a program act for you, with your role or less. It is shown once, when it is made.
        </Empty>
      )}
      {tokens.data && !none && (
        <Table.ScrollContainer minWidth={720}>
          <Table className="stacked" aria-label="API tokens">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Token</Table.Th>
                {admin && <Table.Th>Whose</Table.Th>}
                <Table.Th>May</Table.Th>
                <Table.Th>Made</Table.Th>
                <Table.Th>Last used</Table.Th>
                <Table.Th>Ends</Table.Th>
                <Table.Th w={60}>
                  <VisuallyHidden>Actions</VisuallyHidden>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {tokens.data.map((t) => (
                <Table.Tr key={t.id}>
                  <Table.Td>
                    <Stack gap={0}>
                      <Text size="sm" fw={600}>
                        {t.name}
                      </Text>
                      <Text size="xs" c="dimmed" ff="monospace">
                        {t.prefix}…
                      </Text>
                    </Stack>
                  </Table.Td>
                  {admin && <Table.Td data-label="Whose">{owner(t)}</Table.Td>}
                  <Table.Td data-label="May">
                    <Group gap="xs">
                      {roleLabel(t.role)}
                      {t.raw_values && <Badge color="orange">raw values</Badge>}
                    </Group>
                  </Table.Td>
                  <Table.Td data-label="Made">
                    <Ago at={t.created_at} />
                  </Table.Td>
                  <Table.Td data-label="Last used">
                    <Ago at={t.last_used} />
                  </Table.Td>
                  <Table.Td data-label="Ends">
                    <Ago at={t.expires_at} />
                  </Table.Td>
                  <Table.Td>
                    <Tooltip label="Delete">
                      <ActionIcon
                        variant="subtle"
                        color="red"
                        aria-label={`Delete the token ${t.name}`}
                        onClick={() => remove(t)}
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
      )}
      {adding && <TokenForm me={me} close={() => setAdding(false)} done={read} />}
    </section>
  );
}
