import { Tabs } from '@mantine/core';
import {
  IconBell,
  IconFileExport,
  IconHistory,
  IconUserCircle,
  IconUserOff,
  IconUsers,
  IconWebhook,
  type Icon as TablerIcon,
} from '@tabler/icons-react';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { ComponentType } from 'react';

import { useAccess } from '../../components/access';
import { NotFound } from '../../components/NotFound';
import { PageHeader } from '../../components/PageHeader';
import { Account } from './Account';
import { Alerts } from './Alerts';
import { AuditLog } from './AuditLog';
import { Export } from './Export';
import { People } from './People';
import { Suppression } from './Suppression';
import { Webhooks } from './Webhooks';

const route = getRouteApi('/app/settings/{-$section}');

interface Section {
  value: string;
  label: string;
  icon: TablerIcon;
  page: ComponentType;
  least: 'viewer' | 'edit' | 'admin';
}

const sections: Section[] = [
  { value: 'people', label: 'People', icon: IconUsers, page: People, least: 'admin' },
  { value: 'account', label: 'Your account', icon: IconUserCircle, page: Account, least: 'viewer' },
  { value: 'alerts', label: 'Alerts', icon: IconBell, page: Alerts, least: 'viewer' },
  {
    value: 'suppression',
    label: 'Suppression',
    icon: IconUserOff,
    page: Suppression,
    least: 'viewer',
  },
  { value: 'webhooks', label: 'Webhooks', icon: IconWebhook, page: Webhooks, least: 'admin' },
  { value: 'audit', label: 'Audit log', icon: IconHistory, page: AuditLog, least: 'admin' },
  { value: 'export', label: 'Configuration file', icon: IconFileExport, page: Export, least: 'edit' },
];

/** Settings is what concerns all connections: people, alerts, and the configuration as a whole. */
export default function Settings() {
  const { section } = route.useParams();
  const navigate = useNavigate();
  const access = useAccess();
  const mine = sections.filter((s) => s.least === 'viewer' || access[s.least]);
  const here = section ?? mine[0]?.value;
  const shown = mine.find((s) => s.value === here);
  if (!shown) return <NotFound />;
  return (
    <>
      <PageHeader title="Settings" />
      <Tabs
        value={shown.value}
        onChange={(to) => {
          if (to) void navigate({ to: '/settings/{-$section}', params: { section: to } });
        }}
        keepMounted={false}
      >
        <Tabs.List mb="lg" aria-label="Settings">
          {mine.map((s) => (
            <Tabs.Tab key={s.value} value={s.value} leftSection={<s.icon size={16} aria-hidden />}>
              {s.label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {mine.map((s) => (
          <Tabs.Panel key={s.value} value={s.value}>
            <s.page />
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}
