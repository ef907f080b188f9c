import {
  Button,
  Code,
  Collapse,
  Group,
  Paper,
  ScrollArea,
  SegmentedControl,
  Stack,
  Text,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCode } from '@tabler/icons-react';

import { sentence } from '../../components/ProblemAlert';
import type { Sample } from './useSample';
import { visible } from '../../components/visible';

/** SampleBar chooses the row of the model whose values stand beside the fields. */
export function SampleBar({ sample }: { sample: Sample }) {
  const [opened, { toggle }] = useDisclosure(false);
  const { row } = sample;
  return (
    <Paper p="sm" withBorder>
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Group gap="sm">
            <Text size="sm" fw={600}>
              Sample row
            </Text>
            <SegmentedControl
              size="xs"
              aria-label="Sample row"
              value={String(sample.index)}
              onChange={(i) => sample.choose(Number(i))}
              data={sample.rows.map((_, i) => ({ value: String(i), label: String(i + 1) }))}
            />
            <Text size="sm" c="dimmed">
              {row?.record_id ? `Record ${visible(row.record_id)}` : 'A record without an identifier'}
            </Text>
          </Group>
          {Boolean(sample.body) && (
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<IconCode size={14} aria-hidden />}
              onClick={toggle}
              aria-expanded={opened}
            >
              {opened ? 'Hide the request' : 'Show the request'}
            </Button>
          )}
        </Group>
        {row?.invalid && (
          <Text size="sm" c="var(--mantine-color-error)">
            This row cannot be sent. {sentence(row.invalid)}.
          </Text>
        )}
        <Collapse expanded={opened}>
          <Text size="xs" c="dimmed" mb="fine">
            What X would get for these rows
          </Text>
          <ScrollArea.Autosize
            mah={280}
            viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'The request' }}
          >
            <Code block>{JSON.stringify(sample.body, null, 2)}</Code>
          </ScrollArea.Autosize>
        </Collapse>
      </Stack>
    </Paper>
  );
}
