import { PageHeader } from '../../components/PageHeader';

export default function Connect() {
  return <PageHeader title="Connect" />;
}
