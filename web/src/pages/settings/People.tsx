import { ActionIcon, Badge, Button, Group, Menu, Stack, Table, Text, VisuallyHidden } from '@mantine/core';
import {
  IconBan,
  IconDots,
  IconKey,
  IconPencil,
  IconPlayerPlay,
  IconTrash,
  IconUserPlus,
} from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { usersQuery } from '../../api/admin';
import { client, take } from '../../api/client';
import { meQuery } from '../../api/queries';
import type { User } from '../../api/schema.gen';
import { Ago } from '../../components/Ago';
import { confirmPlainly } from '../../components/ConfirmByName';
import { ProblemAlert } from '../../components/ProblemAlert';
import { tell, tellTrouble } from '../../components/tell';
import { Waiting } from '../../components/Waiting';
import { EndAccess } from './EndAccess';
import { PasswordForm } from './PasswordForm';
import { PersonForm } from './PersonForm';
import { roleLabel } from './roles';
import { SectionHead } from './SectionHead';

/** Open is which form is open, and about whom. */
type Open = { form: 'add' } | { form: 'edit' | 'password'; user: User } | null;

/** People is who may log in, and what they may do. */
export function People() {
  const users = useQuery(usersQuery);
  const { data: me } = useQuery(meQuery);
  const queries = useQueryClient();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const read = () =>
    Promise.all([usersQuery, meQuery].map((q) => queries.invalidateQueries({ queryKey: q.queryKey })));
  const allow = useMutation({
    mutationFn: (u: User) => change(u.id, { disabled: false }),
    onSuccess: (_, u) => tell(`${u.email} may log in again.`),
    onError: tellTrouble,
    onSettled: read,
  });
  const disable = (u: User) => {
    let end = true;
    confirmPlainly({
      title: `Disable ${u.email}`,
      children: (
        <Stack>
          <Text>They are not let in, and no token of theirs is, until somebody enables them again.</Text>
          <EndAccess
            defaultChecked
            onChange={(e) => {
              end = e.currentTarget.checked;
            }}
          />
        </Stack>
      ),
      action: 'Disable',
      confirm: () => change(u.id, { disabled: true, keep_access: !end }).then(read),
    });
  };
  const remove = (u: User) =>
    confirmPlainly({
      title: `Delete ${u.email}`,
      children: 'They are logged out, and their tokens are deleted with them. What they made stays.',
      action: 'Delete',
      confirm: () => take(client.DELETE('/api/v1/users/{id}', { params: { path: { id: u.id } } })).then(read),
    });
  return (
    <>
      <SectionHead
        title="People"
        text="Who may log in, and what they may do there."
        action={
          <Button
            leftSection={<IconUserPlus size={16} aria-hidden />}
            onClick={() => setOpen({ form: 'add' })}
          >
            Add a person
          </Button>
        }
      />
      <ProblemAlert error={users.error} retry={() => void users.refetch()} />
      {users.isPending && <Waiting />}
      {users.data && (
        <Table.ScrollContainer minWidth={720}>
          <Table className="stacked" aria-label="People">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Person</Table.Th>
                <Table.Th>Role</Table.Th>
                <Table.Th>Sees values as they are</Table.Th>
                <Table.Th>Logs in</Table.Th>
                <Table.Th>Last log-in</Table.Th>
                <Table.Th w={60}>
                  <VisuallyHidden>Actions</VisuallyHidden>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {users.data.map((u) => (
                <Table.Tr key={u.id}>
                  <Table.Td>
                    <Stack gap={0}>
                      <Group gap="xs">
                        <Text size="sm" fw={600}>
                          {u.name || u.email}
                        </Text>
                        {u.id === me?.id && <Badge color="gray">You</Badge>}
                      </Group>
                      {u.name && (
                        <Text size="sm" c="dimmed">
                          {u.email}
                        </Text>
                      )}
                    </Stack>
                  </Table.Td>
                  <Table.Td data-label="Role">{roleLabel(u.role)}</Table.Td>
                  <Table.Td data-label="Sees values as they are">{u.raw_values ? 'Yes' : 'No'}</Table.Td>
                  <Table.Td data-label="Logs in">
                    {u.disabled ? (
                      <Badge color="red" leftSection={<IconBan size={13} aria-hidden />}>
                        Disabled
                      </Badge>
                    ) : u.password ? (
                      'With a password'
                    ) : (
                      'Through your organisation'
                    )}
                  </Table.Td>
                  <Table.Td data-label="Last log-in">
                    <Ago at={u.last_login} />
                  </Table.Td>
                  <Table.Td>
                    <Menu position="bottom-end">
                      <Menu.Target>
                        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${u.email}`}>
                          <IconDots size={18} />
                        </ActionIcon>
                      </Menu.Target>
                      <Menu.Dropdown>
                        <Menu.Item
                          leftSection={<IconPencil size={16} aria-hidden />}
                          onClick={() => setOpen({ form: 'edit', user: u })}
                        >
                          Change
                        </Menu.Item>
                        <Menu.Item
                          leftSection={<IconKey size={16} aria-hidden />}
                          onClick={() => setOpen({ form: 'password', user: u })}
                        >
                          {u.password ? 'Reset the password' : 'Give a password'}
                        </Menu.Item>
                        {u.disabled ? (
                          <Menu.Item
                            leftSection={<IconPlayerPlay size={16} aria-hidden />}
                            onClick={() => allow.mutate(u)}
                          >
                            Enable
                          </Menu.Item>
                        ) : (
                          <Menu.Item
                            leftSection={<IconBan size={16} aria-hidden />}
                            onClick={() => disable(u)}
                          >
                            Disable
                          </Menu.Item>
                        )}
                        <Menu.Item
                          c="var(--mantine-color-error)"
                          leftSection={<IconTrash size={16} aria-hidden />}
                          onClick={() => remove(u)}
                        >
                          Delete
                        </Menu.Item>
                      </Menu.Dropdown>
                    </Menu>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <PersonForm
        opened={open?.form === 'add' || open?.form === 'edit'}
        user={open?.form === 'edit' ? open.user : undefined}
        close={close}
        done={read}
      />
      {open?.form === 'password' && <PasswordForm user={open.user} close={close} done={read} />}
    </>
  );
}

function change(id: string, body: { disabled: boolean; keep_access?: boolean }): Promise<User> {
  return take(client.PATCH('/api/v1/users/{id}', { params: { path: { id } }, body }));
}
