import { ActionIcon, Badge, Group, Stack, Table, Text, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconCircleCheck, IconCircleDashed, IconPencil, IconTrash } from '@tabler/icons-react';

import type { AudienceInfo } from '../../api/schema.gen';
import { useAccess } from '../../components/access';
import { count } from '../../components/numbers';
import { ObjectLink } from '../../components/ObjectLink';
import { date } from '../../components/times';

interface Props {
  audiences: AudienceInfo[];
  /** fed is which connection feeds which audience. */
  fed: Map<string, string>;
  rename: (audience: AudienceInfo) => void;
  remove: (audience: AudienceInfo) => void;
}

/** AudienceTable lists audiences with what X says of them. */
export function AudienceTable({ audiences, fed, rename, remove }: Props) {
  const { edit, admin } = useAccess();
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table aria-label="Audiences">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Audience</Table.Th>
            <Table.Th ta="right">Matched by X</Table.Th>
            <Table.Th>For ads</Table.Th>
            <Table.Th>Fed by</Table.Th>
            <Table.Th>Made</Table.Th>
            {edit && (
              <Table.Th w={100}>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {audiences.map((a) => {
            const feeder = fed.get(a.id.toLowerCase());
            return (
              <Table.Tr key={a.id}>
                <Table.Td>
                  <Stack gap={0}>
                    <Text size="sm" fw={600} className="wrapped">
                      {a.name}
                    </Text>
                    <Text size="xs" c="dimmed" ff="monospace">
                      {a.id}
                    </Text>
                    {a.description && (
                      <Text size="xs" c="dimmed">
                        {a.description}
                      </Text>
                    )}
                  </Stack>
                </Table.Td>
                <Table.Td ta="right">{a.size === null ? 'not known yet' : count(a.size)}</Table.Td>
                <Table.Td>
                  <Targetable audience={a} />
                </Table.Td>
                <Table.Td>
                  {feeder ? (
                    <ObjectLink kind="connection" name={feeder} />
                  ) : (
                    <Text span inherit c="dimmed">
                      none
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>{a.created_at ? date(a.created_at) : ''}</Table.Td>
                {edit && (
                  <Table.Td>
                    <Group gap="fine" wrap="nowrap">
                      <Tooltip label="Rename">
                        <ActionIcon
                          variant="subtle"
                          color="gray"
                          aria-label={`Rename ${a.name}`}
                          onClick={() => rename(a)}
                        >
                          <IconPencil size={18} />
                        </ActionIcon>
                      </Tooltip>
                      {admin && (
                        <Tooltip
                          label={feeder ? `The connection ${feeder} feeds it: delete that first` : 'Delete'}
                        >
                          <ActionIcon
                            variant="subtle"
                            color="red"
                            aria-label={`Delete ${a.name}`}
                            data-disabled={feeder ? true : undefined}
                            aria-disabled={Boolean(feeder)}
                            onClick={() => {
                              if (!feeder) remove(a);
                            }}
                          >
                            <IconTrash size={18} />
                          </ActionIcon>
                        </Tooltip>
                      )}
                    </Group>
                  </Table.Td>
                )}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Targetable({ audience: a }: { audience: AudienceInfo }) {
  const reasons = a.reasons_not_targetable ?? [];
  if (a.targetable)
    return (
      <Badge color="green" leftSection={<IconCircleCheck size={13} aria-hidden />}>
        Ready
      </Badge>
    );
  return (
    <Stack gap="hair" align="flex-start">
      <Badge color="gray" leftSection={<IconCircleDashed size={13} aria-hidden />}>
        Not yet
      </Badge>
      {reasons.map((r) => (
        <Text key={r} size="xs" c="dimmed">
          {reasonText(r)}
        </Text>
      ))}
    </Stack>
  );
}

/** reasonText puts X's reasons into words; those that are not known stay as X gives them. */
function reasonText(reason: string): string {
  const words: Record<string, string> = {
    TOO_SMALL: 'Too small: X needs at least 100 people whom it knows',
    PROCESSING: 'X is still matching people; this takes some hours',
  };
  return words[reason] ?? reason;
}
