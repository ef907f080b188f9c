import { Button, Card, Group, PasswordInput, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { tokensQuery, usersQuery } from '../../api/admin';
import { client, take } from '../../api/client';
import { meQuery } from '../../api/queries';
import type { Me } from '../../api/schema.gen';
import { ProblemAlert } from '../../components/ProblemAlert';
import { tell } from '../../components/tell';
import { EndAccess } from './EndAccess';
import { minPassword, passwordMistake, roleLabel } from './roles';
import { SectionHead } from './SectionHead';
import { Tokens } from './Tokens';

/** Account is one's own: name, password and tokens. */
export function Account() {
  const { data: me } = useQuery(meQuery);
  if (!me) return null;
  return (
    <Stack gap="xl">
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Card>
          <Profile key={me.id} me={me} />
        </Card>
        <Card>{me.password ? <OwnPassword /> : <NoPassword />}</Card>
      </SimpleGrid>
      <Tokens me={me} />
    </Stack>
  );
}

function Profile({ me }: { me: Me }) {
  const queries = useQueryClient();
  const form = useForm({ initialValues: { name: me.name } });
  const save = useMutation({
    mutationFn: (body: { name: string }) =>
      take(client.PATCH('/api/v1/users/{id}', { params: { path: { id: me.id } }, body })),
    onSuccess: async () => {
      await Promise.all(
        [meQuery, usersQuery].map((q) => queries.invalidateQueries({ queryKey: q.queryKey })),
      );
      tell('Your name is changed.');
    },
  });
  const admin = me.role === 'admin';
  return (
    <form onSubmit={form.onSubmit(({ name }) => save.mutate({ name: name.trim() }))}>
      <SectionHead
        title="You"
        text={`Your role is ${roleLabel(me.role).toLowerCase()}, and you ${me.raw_values ? 'see values as they are' : 'see no values of rows'}.`}
      />
      <Stack>
        <ProblemAlert error={save.error} />
        <TextInput label="E-mail" value={me.email} readOnly variant="filled" />
        <TextInput
          label="Name"
          autoComplete="name"
          readOnly={!admin}
          variant={admin ? 'default' : 'filled'}
          {...form.getInputProps('name')}
        />
        {admin ? (
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              Save the name
            </Button>
          </Group>
        ) : (
          <Text size="sm" c="dimmed">
            An administrator can change these.
          </Text>
        )}
      </Stack>
    </form>
  );
}

function NoPassword() {
  return (
    <SectionHead title="Password" text="You log in through your organisation. There is no password here." />
  );
}

function OwnPassword() {
  const queries = useQueryClient();
  const form = useForm({
    initialValues: { current: '', password: '', end: true },
    validate: {
      current: (v) => (v ? null : 'Enter the password that you have now'),
      password: passwordMistake,
    },
  });
  const save = useMutation({
    mutationFn: ({ end, ...body }: typeof form.values) =>
      take(client.PUT('/api/v1/me/password', { body: { ...body, keep_access: !end } })),
    onSuccess: async () => {
      form.reset();
      await queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
      tell('Your password is changed.');
    },
  });
  return (
    <form onSubmit={form.onSubmit((v) => save.mutate(v))} noValidate>
      <SectionHead title="Password" text="This browser stays logged in." />
      <Stack>
        <ProblemAlert error={save.error} />
        <PasswordInput
          label="Password now"
          autoComplete="current-password"
          {...form.getInputProps('current')}
        />
        <PasswordInput
          label="New password"
          description={`At least ${minPassword} characters; a few random words are fine`}
          autoComplete="new-password"
          {...form.getInputProps('password')}
        />
        <EndAccess {...form.getInputProps('end', { type: 'checkbox' })} />
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            Change the password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
