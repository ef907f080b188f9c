import { ActionIcon, Button, Group, Menu, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import {
  IconDots,
  IconEdit,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefreshAlert,
  IconTrash,
} from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';

import { client, etag, problemOf, take } from '../../api/client';
import { connectionQuery, runQuery } from '../../api/queries';
import type { Connection, Run } from '../../api/schema.gen';
import { startRun } from '../../api/watch';
import { useAccess } from '../../components/access';
import { confirmByName } from '../../components/ConfirmByName';
import { sentence } from '../../components/ProblemAlert';
import { UseWarning } from '../../components/UseWarning';
import { audienceName } from './spec';

/** Actions are what can be done with a connection; id is that of its audience, empty while it has none. */
export function Actions({ connection, id, active }: { connection: Connection; id: string; active?: Run }) {
  const { edit } = useAccess();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { name, paused, version } = connection;
  const spec = connection.spec;

  const failed = (error: unknown) => {
    const p = problemOf(error);
    notifications.show({ color: 'red', title: sentence(p.message), message: p.mend });
    if (p.runID) void navigate({ to: '/runs/$id', params: { id: p.runID } });
  };
  const start = useMutation({
    mutationFn: (full: boolean) => startRun(name, full),
    onSuccess: (run) => {
      queries.setQueryData(runQuery(run.run_id).queryKey, run);
      void queries.invalidateQueries({ queryKey: ['health'] });
      void queries.invalidateQueries({ queryKey: ['runs', 'list'] });
      return navigate({ to: '/runs/$id', params: { id: run.run_id } });
    },
    onError: failed,
  });
  const pause = useMutation({
    mutationFn: () =>
      take(
        paused
          ? client.POST('/api/v1/connections/{name}/resume', { params: { path: { name } } })
          : client.POST('/api/v1/connections/{name}/pause', { params: { path: { name } } }),
      ),
    onSuccess: (object) => {
      queries.setQueryData(connectionQuery(name).queryKey, object);
      void queries.invalidateQueries({ queryKey: ['health'] });
      notifications.show({
        message: object.paused ? `${name} is paused. It can still be run by hand.` : `${name} goes on.`,
      });
    },
    onError: failed,
  });
  const askFull = () =>
    modals.openConfirmModal({
      title: 'Full sync',
      children: (
        <Text size="sm">
          Every row of the model is sent again, also those that did not change. Use it when somebody changed
          the audience at X by other means, or to be sure after trouble. It takes as long as a first sync, and
          nobody leaves the audience because of it.
        </Text>
      ),
      labels: { confirm: 'Run a full sync', cancel: 'Cancel' },
      onConfirm: () => start.mutate(true),
    });
  const askDelete = () =>
    confirmByName({
      title: `Delete ${name}`,
      name,
      action: 'Delete the connection',
      confirm: async () => {
        await take(
          client.DELETE('/api/v1/connections/{name}', {
            params: { path: { name }, header: { 'If-Match': etag(version) } },
          }),
        );
        await navigate({ to: '/connections' });
        queries.removeQueries({ queryKey: connectionQuery(name).queryKey });
        void queries.invalidateQueries({ queryKey: ['connections'] });
        void queries.invalidateQueries({ queryKey: ['health'] });
      },
      children: (
        <>
          <Text size="sm" mb="xs">
            Everybody whom this connection added stays in the audience {audienceName(spec)} until their
            membership ends, 13 months after they were last sent unless the model says when. Nobody who opts
            out is removed any more.
          </Text>
          {id && (
            <UseWarning
              destination={spec.destination}
              id={id}
              what="They go on with whoever is in it now: nobody new comes in, and nobody is taken out."
            />
          )}
          <Text size="sm" mt="xs">
            To have them out, cancel here. Then either let the model return no rows, run the connection and
            approve the removal, or delete the audience on the page of its X account.
          </Text>
        </>
      ),
    });

  if (!edit) return null;
  return (
    <Group gap="xs" wrap="nowrap">
      {active ? (
        <Button
          renderRoot={(props) => <Link to="/runs/$id" params={{ id: active.run_id }} {...props} />}
          variant="light"
        >
          Watch the run
        </Button>
      ) : (
        <Button
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          loading={start.isPending}
          onClick={() => start.mutate(false)}
        >
          Run now
        </Button>
      )}
      <Button
        variant="default"
        visibleFrom="sm"
        leftSection={<IconEdit size={16} aria-hidden />}
        renderRoot={(props) => (
          <Link
            to="/connections/$name"
            params={{ name }}
            search={{ tab: 'setup', edit: 'people' }}
            {...props}
          />
        )}
      >
        Edit
      </Button>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label="More actions">
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            hiddenFrom="sm"
            leftSection={<IconEdit size={16} aria-hidden />}
            renderRoot={(props) => (
              <Link
                to="/connections/$name"
                params={{ name }}
                search={{ tab: 'setup', edit: 'people' }}
                {...props}
              />
            )}
          >
            Edit
          </Menu.Item>
          <Menu.Item
            leftSection={<IconRefreshAlert size={16} aria-hidden />}
            disabled={!!active}
            onClick={askFull}
          >
            Full sync
          </Menu.Item>
          <Menu.Item
            leftSection={
              paused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />
            }
            onClick={() => pause.mutate()}
          >
            {paused ? 'Resume the schedule' : 'Pause the schedule'}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            c="var(--mantine-color-error)"
            leftSection={<IconTrash size={16} aria-hidden />}
            onClick={askDelete}
          >
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
