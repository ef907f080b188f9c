import { ActionIcon, Group, Stack, Table, Text, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconEraser, IconTrash, IconUpload } from '@tabler/icons-react';

import type { SuppressionList } from '../../api/schema.gen';
import { clearList, deleteList } from '../../api/suppression';
import { Ago } from '../../components/Ago';
import { confirmByName, confirmPlainly } from '../../components/ConfirmByName';
import { count, plural } from '../../components/numbers';
import { ObjectLink } from '../../components/ObjectLink';

interface Props {
  lists: SuppressionList[];
  edit: boolean;
  upload: (name: string) => void;
  done: () => Promise<unknown>;
}

/** SuppressionTable shows the lists of people who are in no audience. */
export function SuppressionTable({ lists, edit, upload, done }: Props) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table className="stacked" aria-label="Suppression lists">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>List</Table.Th>
            <Table.Th>Where it lies</Table.Th>
            <Table.Th ta="right">Identities</Table.Th>
            <Table.Th>Changed</Table.Th>
            {edit && (
              <Table.Th w={140}>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lists.map((list) => (
            <Table.Tr key={list.name}>
              <Table.Td>
                <Stack gap={0}>
                  <Text size="sm" fw={600}>
                    {list.name}
                  </Text>
                  {list.unusable && (
                    <Text size="xs" c="red">
                      No connection runs: {list.unusable}
                    </Text>
                  )}
                </Stack>
              </Table.Td>
              <Table.Td data-label="Where it lies">
                {list.source ? <ObjectLink kind="source" name={list.source} /> : 'Uploaded'}
              </Table.Td>
              <Table.Td data-label="Identities" ta="right">
                {list.identities === undefined ? 'read in each run' : count(list.identities)}
              </Table.Td>
              <Table.Td data-label="Changed">
                <Ago at={list.changed_at} />
              </Table.Td>
              {edit && (
                <Table.Td>
                  <Actions list={list} upload={upload} done={done} />
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Actions({ list, upload, done }: Pick<Props, 'upload' | 'done'> & { list: SuppressionList }) {
  const leave =
    list.identities === undefined ? '' : `${plural(list.identities, 'identity', 'identities')} on it go. `;
  const back = `${leave}Whoever was on it may be in audiences again, from the next runs on.`;
  const clear = () =>
    confirmPlainly({
      title: `Clear the list ${list.name}`,
      children: back,
      action: 'Clear',
      confirm: () => clearList(list.name).then(done),
    });
  const remove = () =>
    confirmByName({
      title: `Delete the list ${list.name}`,
      name: list.name,
      children: back,
      action: 'Delete',
      confirm: () => deleteList(list.name).then(done),
    });
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      {list.kind === 'upload' && (
        <>
          <Tooltip label="Upload">
            <ActionIcon
              variant="subtle"
              aria-label={`Upload to ${list.name}`}
              onClick={() => upload(list.name)}
            >
              <IconUpload size={18} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Clear">
            <ActionIcon variant="subtle" color="red" aria-label={`Clear ${list.name}`} onClick={clear}>
              <IconEraser size={18} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
      <Tooltip label="Delete">
        <ActionIcon variant="subtle" color="red" aria-label={`Delete ${list.name}`} onClick={remove}>
          <IconTrash size={18} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
