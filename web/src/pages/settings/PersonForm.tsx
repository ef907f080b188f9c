import { Button, Checkbox, Group, Modal, PasswordInput, Radio, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';

import { client, take } from '../../api/client';
import type { User } from '../../api/schema.gen';
import { useUnsaved } from '../../components/useUnsaved';
import { ProblemAlert } from '../../components/ProblemAlert';
import { tell } from '../../components/tell';
import { EndAccess } from './EndAccess';
import { minPassword, passwordMistake, roles, rolesUpTo, type Role } from './roles';

interface Props {
  opened: boolean;
  /** user is who is changed; nobody when somebody is added. */
  user: User | undefined;
  close: () => void;
  done: () => Promise<unknown>;
}

/** PersonForm adds a person, or changes one. */
export function PersonForm({ opened, user, close, done }: Props) {
  return (
    <Modal opened={opened} onClose={close} title={user ? `Change ${user.email}` : 'Add a person'}>
      {/* A form of its own for each person, which begins with what is stored. */}
      {opened && <Fields key={user?.id ?? ''} user={user} close={close} done={done} />}
    </Modal>
  );
}

/** mayLess says that somebody may do less with new rights than before. */
function mayLess(user: User, now: { role: Role; raw_values: boolean }): boolean {
  return !rolesUpTo(now.role).some((r) => r.value === user.role) || (user.raw_values && !now.raw_values);
}

function Fields({ user, close, done }: Omit<Props, 'opened'>) {
  const form = useForm({
    initialValues: {
      email: user?.email ?? '',
      name: user?.name ?? '',
      role: user?.role ?? ('viewer' as Role),
      raw_values: user?.raw_values ?? false,
      password: '',
      end: true,
    },
    validate: {
      email: (v) => (/^\S+@\S+$/.test(v.trim()) ? null : 'Enter an e-mail address'),
      password: (v) => (v ? passwordMistake(v) : null),
    },
  });
  const save = useMutation({
    mutationFn: ({ password, end, ...values }: typeof form.values) => {
      const body = { ...values, email: values.email.trim(), name: values.name.trim() };
      return user
        ? take(
            client.PATCH('/api/v1/users/{id}', {
              params: { path: { id: user.id } },
              body: { ...body, keep_access: !end },
            }),
          )
        : take(client.POST('/api/v1/users', { body: { ...body, ...(password && { password }) } }));
    },
    onSuccess: async (saved) => {
      await done();
      tell(user ? `${saved.email} is changed.` : `${saved.email} is added.`);
      close();
    },
  });
  useUnsaved(form.isDirty() && !save.isPending && !save.isSuccess);
  return (
    <form onSubmit={form.onSubmit((v) => save.mutate(v))} noValidate>
      <Stack>
        <ProblemAlert error={save.error} />
        <TextInput
          label="E-mail"
          type="email"
          required
          autoComplete="off"
          data-autofocus
          {...form.getInputProps('email')}
        />
        <TextInput label="Name" autoComplete="off" {...form.getInputProps('name')} />
        <Radio.Group label="Role" {...form.getInputProps('role')}>
          <Stack gap="xs" mt="xs">
            {roles.map((r) => (
              <Radio key={r.value} value={r.value} label={r.label} description={r.text} />
            ))}
          </Stack>
        </Radio.Group>
        <Checkbox
          label="Sees values as they are"
          description="Previews and samples show real e-mail addresses and numbers. Without it no value is shown."
          {...form.getInputProps('raw_values', { type: 'checkbox' })}
        />
        {user && mayLess(user, form.values) && (
          <EndAccess {...form.getInputProps('end', { type: 'checkbox' })} />
        )}
        {!user && (
          <PasswordInput
            label="First password"
            description={`At least ${minPassword} characters. Leave it empty for somebody who logs in through your organisation.`}
            autoComplete="new-password"
            {...form.getInputProps('password')}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {user ? 'Save' : 'Add'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
