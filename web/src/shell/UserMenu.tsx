import { Button, Menu, Text, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { IconCheck, IconDeviceDesktop, IconLogout, IconMoon, IconSun, IconUser } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';

import { client, take } from '../api/client';
import { meQuery } from '../api/queries';
import { forgetRan } from './ran';

const schemes: { value: MantineColorScheme; label: string; icon: typeof IconSun }[] = [
  { value: 'light', label: 'Light', icon: IconSun },
  { value: 'dark', label: 'Dark', icon: IconMoon },
  { value: 'auto', label: 'Like the system', icon: IconDeviceDesktop },
];

/** UserMenu says who is logged in, and lets them leave. */
export function UserMenu() {
  const { data: me } = useQuery(meQuery);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const leave = useMutation({
    mutationFn: () => take(client.DELETE('/api/v1/session')),
    onSettled: async () => {
      forgetRan(localStorage);
      queries.clear();
      queries.setQueryData(meQuery.queryKey, null);
      await navigate({ to: '/login' });
    },
  });
  if (!me) return null;
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <Button variant="subtle" color="gray" leftSection={<IconUser size={16} aria-hidden />} maw={220}>
          <Text span truncate inherit>
            {me.name || me.email}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.email}, {me.role}
        </Menu.Label>
        <Menu.Item
          renderRoot={(props) => (
            <Link to="/settings/{-$section}" params={{ section: 'account' }} {...props} />
          )}
        >
          Your account and tokens
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>Colours</Menu.Label>
        {schemes.map((s) => (
          <Menu.Item
            key={s.value}
            leftSection={<s.icon size={16} aria-hidden />}
            rightSection={colorScheme === s.value ? <IconCheck size={14} aria-label="chosen" /> : null}
            onClick={() => setColorScheme(s.value)}
          >
            {s.label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => leave.mutate()}>
          Log out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
