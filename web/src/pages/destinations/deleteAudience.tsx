import { Stack, Text } from '@mantine/core';

import { client, take } from '../../api/client';
import type { AudienceInfo } from '../../api/schema.gen';
import { confirmByName } from '../../components/ConfirmByName';
import { UseWarning } from '../../components/UseWarning';
import { plural } from '../../components/numbers';

/** askToDeleteAudience deletes an audience at X after its name was typed. */
export function askToDeleteAudience(destination: string, a: AudienceInfo, done: () => void): void {
  confirmByName({
    title: `Delete the audience ${a.name}`,
    name: a.name,
    action: 'Delete it and everybody in it',
    children: (
      <Stack gap="xs">
        <Text size="sm">
          {a.size
            ? `Everybody leaves it; X has matched ${plural(a.size, 'person', 'people')} in it.`
            : 'Everybody in it leaves it.'}{' '}
          Ads that use it stop reaching them at once.
        </Text>
        <UseWarning
          destination={destination}
          id={a.id}
          what="They lose it, and what targets nobody else reaches nobody then."
        />
        <Text size="sm">
          This cannot be undone, and X never lets another audience of this account have the name.
        </Text>
      </Stack>
    ),
    confirm: () =>
      take(
        client.DELETE('/api/v1/destinations/{name}/audiences/{id}', {
          params: { path: { name: destination, id: a.id } },
        }),
      ).then(done),
  });
}
