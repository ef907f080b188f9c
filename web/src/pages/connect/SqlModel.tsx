import { Button, Group, Input, Kbd, Skeleton, Stack, Text } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';

import { Rows } from './Rows';

// The editor is large, and most people choose a table.
const SqlEditor = lazy(() => import('../../components/SqlEditor'));

interface Props {
  source: string;
  value: string;
  onChange: (sql: string) => void;
  error?: string | undefined;
}

/** SqlModel writes a query and runs it to see its first rows. */
export function SqlModel({ source, value, onChange, error }: Props) {
  const [ran, setRan] = useState({ sql: '', times: 0 });
  const run = () => setRan((r) => ({ sql: value, times: r.times + 1 }));
  return (
    <Stack>
      <Input.Wrapper
        label="SQL query"
        description="One SELECT. It is run so that it cannot write. Each row is a record; choose the columns that X is to match people by, and one that tells rows apart."
        error={error}
        labelElement="div"
      >
        <Suspense fallback={<Skeleton h={220} mt="xs" />}>
          <SqlEditor label="SQL query" source={source} value={value} onChange={onChange} onRun={run} />
        </Suspense>
      </Input.Wrapper>
      <Group gap="sm">
        <Button
          variant="light"
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          onClick={run}
          disabled={!value.trim()}
        >
          Run it
        </Button>
        <Text size="sm" c="dimmed">
          <Kbd size="xs">Ctrl</Kbd> <Kbd size="xs">Enter</Kbd> shows the first 50 rows
        </Text>
      </Group>
      {ran.sql && <Rows key={ran.times} source={source} model={{ sql: ran.sql }} old={ran.sql !== value} />}
    </Stack>
  );
}
