import { Badge, Group, List, Text } from '@mantine/core';

import { ObjectLink } from './ObjectLink';
import { count } from './numbers';

/** UsedBy names the connections that use something, the first few where there are many. */
export function UsedBy({ names, most = 3 }: { names: string[]; most?: number }) {
  if (names.length === 0)
    return (
      <Text span inherit c="dimmed">
        no connection yet
      </Text>
    );
  return (
    <Group gap="xs">
      {names.slice(0, most).map((n) => (
        <ObjectLink key={n} kind="connection" name={n} />
      ))}
      {names.length > most && <Badge color="gray">and {count(names.length - most)} more</Badge>}
    </Group>
  );
}

/** UsersList names them all in a list. */
export function UsersList({ names }: { names: string[] }) {
  return (
    <List size="sm">
      {names.slice(0, 20).map((n) => (
        <List.Item key={n}>
          <ObjectLink kind="connection" name={n} />
        </List.Item>
      ))}
      {names.length > 20 && <List.Item>and {count(names.length - 20)} more</List.Item>}
    </List>
  );
}
