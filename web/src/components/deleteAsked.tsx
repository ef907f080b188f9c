import { Button, Group, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';

import { deleteObject } from '../api/objects';
import { confirmPlainly } from './ConfirmByName';
import { plural } from './numbers';
import type { Kind, Stored } from './objects';
import { UsersList } from './UsedBy';

const words = { source: 'source', destination: 'X account' };

/** askToDelete deletes a source or X account, or says which connections keep it. */
export function askToDelete(kind: Kind, object: Stored, users: string[], done: () => void): void {
  if (users.length > 0) {
    const id = modals.open({
      title: `${object.name} is in use`,
      onClick: (e) => {
        // A link in it leads elsewhere.
        if ((e.target as HTMLElement).closest('a')) modals.close(id);
      },
      children: (
        <Stack>
          <Text size="sm">
            {plural(users.length, 'connection uses', 'connections use')} this {words[kind]}. It can be deleted
            when none does:
          </Text>
          <UsersList names={users} />
          <Group justify="flex-end">
            <Button onClick={() => modals.close(id)}>Close</Button>
          </Group>
        </Stack>
      ),
    });
    return;
  }
  confirmPlainly({
    title: `Delete the ${words[kind]} ${object.name}`,
    children:
      kind === 'source'
        ? 'Eddy forgets how to reach it. Nothing in it is changed.'
        : 'Eddy forgets the account and its credentials. Its audiences stay as they are.',
    action: 'Delete',
    confirm: () => deleteObject(kind, object).then(done),
  });
}
