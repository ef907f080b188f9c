import { Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** SectionHead begins a section of the settings. */
export function SectionHead({ title, text, action }: { title: string; text: ReactNode; action?: ReactNode }) {
  return (
    <Group justify="space-between" align="flex-start" mb="md">
      <Stack gap="hair" maw={640}>
        <Title order={2} fz="h4">
          {title}
        </Title>
        <Text size="sm" c="dimmed" component="div">
          {text}
        </Text>
      </Stack>
      {action}
    </Group>
  );
}
