import { Button, Code, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation, useRouter } from '@tanstack/react-router';

import { client, take } from '../../api/client';
import { meQuery } from '../../api/queries';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Door } from './Door';

/** The server refuses shorter ones. */
const minPassword = 12;

export default function FirstUser() {
  // Behind the #, so that it never crosses the network as part of an address.
  const token = new URLSearchParams(useLocation().hash).get('token');
  const queries = useQueryClient();
  const router = useRouter();
  const form = useForm({
    initialValues: { token: token ?? '', name: '', email: '', password: '' },
    validate: {
      token: (v) => (v.trim() ? null : 'Enter the token that the server printed when it started'),
      email: (v) => (/^\S+@\S+$/.test(v.trim()) ? null : 'Enter your e-mail address'),
      password: (v) => (v.length >= minPassword ? null : `Take at least ${minPassword} characters`),
    },
  });
  const make = useMutation({
    mutationFn: (v: typeof form.values) =>
      take(
        client.POST('/api/v1/setup', {
          body: { ...v, token: v.token.trim(), email: v.email.trim(), name: v.name.trim() },
        }),
      ),
    onSuccess: async (me) => {
      queries.clear();
      queries.setQueryData(meQuery.queryKey, me);
      await router.navigate({ to: '/', replace: true });
    },
  });
  return (
    <Door
      title="Welcome to Eddy"
      text={
        <>
          Make the first administrator. The token is on the console where <Code>eddy serve</Code> was started,
          and is good once.
        </>
      }
    >
      <form onSubmit={form.onSubmit((v) => make.mutate(v))} noValidate>
        <Stack>
          <ProblemAlert error={make.error} />
          <TextInput
            label="Set-up token"
            required
            autoComplete="off"
            autoFocus={!token}
            {...form.getInputProps('token')}
          />
          <TextInput
            label="Your name"
            autoComplete="name"
            autoFocus={!!token}
            {...form.getInputProps('name')}
          />
          <TextInput
            label="E-mail"
            type="email"
            required
            autoComplete="username"
            {...form.getInputProps('email')}
          />
          <PasswordInput
            label="Password"
            description={`At least ${minPassword} characters; a few random words are fine`}
            required
            autoComplete="new-password"
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={make.isPending} fullWidth>
            Make the administrator
          </Button>
        </Stack>
      </form>
    </Door>
  );
}
