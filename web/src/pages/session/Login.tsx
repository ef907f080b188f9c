import { Alert, Button, Divider, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';

import { client, take } from '../../api/client';
import { meQuery, setupQuery } from '../../api/queries';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Door } from './Door';
import { inside } from './inside';

const route = getRouteApi('/login');

export default function Login() {
  const { to, error } = route.useSearch();
  const queries = useQueryClient();
  const router = useRouter();
  const setup = useQuery(setupQuery);
  const form = useForm({
    initialValues: { email: '', password: '' },
    validate: {
      email: (v) => (v.trim() ? null : 'Enter your e-mail address'),
      password: (v) => (v ? null : 'Enter your password'),
    },
  });
  const login = useMutation({
    mutationFn: (body: { email: string; password: string }) => take(client.POST('/api/v1/session', { body })),
    onSuccess: async (me) => {
      queries.clear();
      queries.setQueryData(meQuery.queryKey, me);
      await router.navigate({ href: inside(to), replace: true });
    },
  });
  return (
    <Door title="Log in to Eddy">
      <form onSubmit={form.onSubmit((v) => login.mutate({ ...v, email: v.email.trim() }))} noValidate>
        <Stack>
          {error && <Alert color="red">{error}</Alert>}
          <ProblemAlert error={login.error} />
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="username"
            autoFocus
            {...form.getInputProps('email')}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={login.isPending} fullWidth>
            Log in
          </Button>
        </Stack>
      </form>
      {setup.data?.oidc && (
        <>
          <Divider label="or" />
          <Button component="a" href="/auth/oidc/login" variant="default" fullWidth>
            Log in with your organisation
          </Button>
        </>
      )}
    </Door>
  );
}
