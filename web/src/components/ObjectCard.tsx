import { Group, Radio, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** ObjectCard is one choice among a few, with what tells it from the others. */
export function ObjectCard({
  name,
  value = name,
  detail,
  chosen,
  disabled = false,
  children,
}: {
  name: string;
  value?: string;
  detail: ReactNode;
  chosen: boolean;
  disabled?: boolean;
  children?: ReactNode;
}) {
  return (
    <Radio.Card value={value} checked={chosen} disabled={disabled} p="md" withBorder aria-label={name}>
      <Group wrap="nowrap" align="flex-start" h="100%">
        <Radio.Indicator mt="hair" />
        <Stack gap="hair" miw={0}>
          <Text fw={600} truncate>
            {name}
          </Text>
          <Text size="sm" c="dimmed" component="div">
            {detail}
          </Text>
          {children}
        </Stack>
      </Group>
    </Radio.Card>
  );
}
