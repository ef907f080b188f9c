import { Anchor, AppShell, Burger, Container, Group, NavLink, ScrollArea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconBrandX,
  IconDatabase,
  IconGauge,
  IconPlugConnected,
  IconSettings,
  IconUserSearch,
  type Icon as TablerIcon,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouter, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';

import { meQuery } from '../api/queries';
import { useAccess } from '../components/access';
import { zone } from '../components/times';
import { Logo } from './Logo';
import { Unreachable } from './Unreachable';
import { UserMenu } from './UserMenu';

interface Place {
  to: '/' | '/connections' | '/sources' | '/destinations' | '/people' | '/settings/{-$section}';
  under: string;
  label: string;
  icon: TablerIcon;
  /** seeing says that only those who see values as they are may go there. */
  seeing?: boolean;
}

const places: Place[] = [
  { to: '/', under: '/', label: 'Overview', icon: IconGauge },
  { to: '/connections', under: '/conn', label: 'Connections', icon: IconPlugConnected },
  { to: '/sources', under: '/sources', label: 'Sources', icon: IconDatabase },
  { to: '/destinations', under: '/destinations', label: 'X accounts', icon: IconBrandX },
  { to: '/people', under: '/people', label: 'People', icon: IconUserSearch, seeing: true },
  { to: '/settings/{-$section}', under: '/settings', label: 'Settings', icon: IconSettings },
];

/** Shell is the frame of every page: where one is, where one can go, and who one is. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false);
  const path = useRouterState({ select: (s) => s.location.pathname });
  const router = useRouter();
  const { data: me } = useQuery(meQuery);
  const { edit, raw } = useAccess();

  useEffect(close, [path, close]);
  useEffect(() => {
    // Where one is on the way to already is no place to come back to.
    const { href } = router.latestLocation;
    if (me === null && !href.startsWith('/login'))
      void router.navigate({ to: '/login', search: { to: href } });
  }, [me, router]);

  const here = (under: string) =>
    under === '/' ? path === '/' : path.startsWith(under) || (under === '/conn' && path.startsWith('/runs'));
  const reachable = places.filter((p) => !p.seeing || (edit && raw));
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <Anchor className="skip" href="#content" onClick={() => document.getElementById('content')?.focus()}>
        Skip to the content
      </Anchor>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? 'Close the menu' : 'Open the menu'}
            />
            <Anchor
              renderRoot={(props) => <Link to="/" {...props} />}
              underline="never"
              c="inherit"
              aria-label="Eddy, overview"
            >
              <Group gap="xs" wrap="nowrap">
                <Logo size={28} />
                <Text fw={700} fz="lg">
                  Eddy
                </Text>
              </Group>
            </Anchor>
          </Group>
          <UserMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" component="nav" aria-label="Main">
        <ScrollArea>
          {reachable.map((p) => (
            <NavLink
              key={p.to}
              renderRoot={(props) => <Link to={p.to} {...props} />}
              active={here(p.under)}
              aria-current={here(p.under) ? 'page' : undefined}
              label={p.label}
              leftSection={<p.icon size={18} stroke={1.6} aria-hidden />}
              fw={here(p.under) ? 600 : 400}
            />
          ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Container size="xl" px={0}>
          <Unreachable />
          <Outlet />
          <Text component="footer" size="xs" c="dimmed" mt="xl">
            Times are in {zone()}. Days of charts are those of UTC.
          </Text>
        </Container>
      </AppShell.Main>
    </AppShell>
  );
}
