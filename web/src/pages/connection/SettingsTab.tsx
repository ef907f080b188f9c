import { Card, Stack, Text, Title } from '@mantine/core';

import type { ConnectionSpec } from '../../api/schema.gen';
import { settingsWords } from './spec';

/** SettingsTab tells the sync settings in plain words. */
export function SettingsTab({ spec }: { spec: ConnectionSpec }) {
  return (
    <Card component="section" aria-labelledby="settings">
      <Title order={2} fz="h4" id="settings" mb="sm">
        Sync settings
      </Title>
      <Stack gap="md">
        {settingsWords(spec).map((s) => (
          <Stack key={s.label} gap={0}>
            <Title order={3} fz="sm" fw={500} c="dimmed">
              {s.label}
            </Title>
            <Text fw={600}>{s.value}</Text>
            <Text size="sm" c="dimmed">
              {s.text}
            </Text>
          </Stack>
        ))}
      </Stack>
    </Card>
  );
}
