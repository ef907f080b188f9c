import { Button, Group, Kbd, Menu, ScrollArea, Text } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconAlignLeft, IconHistory, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { sourcesQuery } from '../../api/queries';
import { relative } from '../../components/times';
import { titleOf, type History } from '../../shell/ran';

interface Props {
  source: string;
  value: string;
  onChange: (sql: string) => void;
  run: () => void;
  cancel: () => void;
  running: boolean;
  history: History;
}

/** SqlBar runs and cancels a query, lays it out, and brings back what was run before. */
export function SqlBar({ source, value, onChange, run, cancel, running, history }: Props) {
  const { data: sources } = useQuery(sourcesQuery);
  const type = String(sources?.find((s) => s.name === source)?.spec.type ?? '');
  const layOut = async () => {
    try {
      const { laidOut } = await import('./sqlFormat');
      onChange(laidOut(value, type));
    } catch {
      notifications.show({
        color: 'orange',
        title: 'The query stays as it is',
        message: 'It cannot be laid out as it is written; run it to see what is wrong.',
      });
    }
  };
  return (
    <Group gap="xs">
      {running ? (
        <Button
          variant="light"
          color="red"
          leftSection={<IconPlayerStop size={16} aria-hidden />}
          onClick={cancel}
        >
          Cancel
        </Button>
      ) : (
        <Button
          variant="light"
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          onClick={run}
          disabled={!value.trim()}
        >
          Run it
        </Button>
      )}
      <Button
        variant="default"
        leftSection={<IconAlignLeft size={16} aria-hidden />}
        onClick={() => void layOut()}
        disabled={!value.trim()}
      >
        Lay out
      </Button>
      <Earlier history={history} onChange={onChange} />
      {running ? (
        <Elapsed />
      ) : (
        <Text size="sm" c="dimmed">
          <Kbd size="xs">Ctrl</Kbd> <Kbd size="xs">Enter</Kbd> shows the first 50 rows
        </Text>
      )}
    </Group>
  );
}

/** Elapsed counts the seconds since it is there. */
function Elapsed() {
  const [seconds, setSeconds] = useState(0);
  useInterval(() => setSeconds((s) => s + 1), 1000, { autoInvoke: true });
  return (
    <Text size="sm" c="dimmed">
      Running for {seconds} s
    </Text>
  );
}

/** Earlier brings back a query that was run before. */
function Earlier({ history, onChange }: Pick<Props, 'history' | 'onChange'>) {
  const [opened, setOpened] = useState(false);
  const [now] = useState(() => Date.now());
  const ran = opened ? history.list() : [];
  return (
    <Menu opened={opened} onChange={setOpened} width={360} position="bottom-start">
      <Menu.Target>
        <Button variant="default" leftSection={<IconHistory size={16} aria-hidden />}>
          Earlier queries
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {ran.length === 0 && (
          <Text size="sm" c="dimmed" p="xs">
            What you run here is kept in this browser.
          </Text>
        )}
        <ScrollArea.Autosize mah={320}>
          {ran.map((r) => (
            <Menu.Item key={r.at} onClick={() => onChange(r.sql)}>
              <Text size="sm" truncate>
                {titleOf(r.sql)}
              </Text>
              <Text size="xs" c="dimmed">
                {relative(Math.min(r.at - now, 0))}
              </Text>
            </Menu.Item>
          ))}
        </ScrollArea.Autosize>
        {ran.length > 0 && (
          <>
            <Menu.Divider />
            <Menu.Item onClick={() => history.forget()}>Forget them</Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
