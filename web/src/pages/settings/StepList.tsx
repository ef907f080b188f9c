import { Badge, Group, List, Stack, Text } from '@mantine/core';
import { IconEqual, IconPencil, IconPlus, IconTrash, type Icon as TablerIcon } from '@tabler/icons-react';

import type { Step } from '../../api/schema.gen';
import { ChangeTable } from '../../components/ChangeTable';
import { shown } from './auditText';

const kinds: Record<string, string> = {
  source: 'Source',
  destination: 'X account',
  connection: 'Connection',
};

const actions: Record<string, { label: string; color: string; icon: TablerIcon }> = {
  create: { label: 'New', color: 'green', icon: IconPlus },
  update: { label: 'Changed', color: 'blue', icon: IconPencil },
  delete: { label: 'Deleted', color: 'red', icon: IconTrash },
  none: { label: 'Same', color: 'gray', icon: IconEqual },
};

/** StepList shows what a file changes, or would change, object by object. */
export function StepList({ steps }: { steps: Step[] }) {
  return (
    <List listStyleType="none" spacing="md" aria-label="What the file changes">
      {steps.map((s) => {
        const look = actions[s.action];
        return (
          <List.Item key={`${s.kind} ${s.name}`}>
            <Stack gap="fine">
              <Group gap="xs">
                <Badge
                  color={look?.color ?? 'gray'}
                  leftSection={look && <look.icon size={13} aria-hidden />}
                >
                  {look?.label ?? s.action}
                </Badge>
                <Text size="sm">
                  {kinds[s.kind] ?? s.kind}{' '}
                  <Text span inherit fw={600}>
                    {s.name}
                  </Text>
                </Text>
              </Group>
              {s.changed && s.changed.length > 0 && (
                <ChangeTable
                  label={`What changes in ${s.name}`}
                  rows={s.changed.map((d) => ({
                    key: d.key,
                    before: shown(d.before),
                    after: shown(d.after),
                  }))}
                />
              )}
            </Stack>
          </List.Item>
        );
      })}
    </List>
  );
}
