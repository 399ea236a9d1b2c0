// Actions as people say them. Pure. What is not known here reads as its own name.

const TEXTS: Readonly<Record<string, string>> = {
  'lifecycle.created': 'made its ledger',
  'tenant.requested': 'asked for the tenant',
  'tenant.activated': 'made it active',
  'tenant.failed': 'gave up provisioning',
  'tenant.suspended': 'suspended it',
  'tenant.resumed': 'resumed it',
  'tenant.deletion_requested': 'asked to delete it',
  'tenant.deleted': 'deleted it',
  'tenant.run_restarted': 'started its run again',
  'artefact.uploaded': 'uploaded its Worker',
  'version.uploaded': 'uploaded a version of its code',
  'version.activation_requested': 'asked to make a version live',
  'version.activated': 'made a version live',
  'version.activation_failed': 'put back what was live',
  'version.differences_accepted': 'accepted what a version changes of the history',
  'preview.requested': 'asked for a preview of a version',
  'preview.finished': 'previewed a version',
  'preview.failed': 'could not preview a version',
  'version.health_judged': 'judged the health of what is live',
  'activation.started': 'began a step of making a version live',
  'activation.succeeded': 'finished a step of making a version live',
  'activation.failed': 'failed at a step of making a version live',
  'activation.undone': 'took back a step of making a version live',
  'activation.restarted': 'started its activation again',
  'key.created': 'made a key',
  'key.revoked': 'revoked a key',
  'secret.put_started': 'began to set a secret',
  'secret.put': 'set a secret',
  'secret.put_failed': 'could not set a secret',
  'secret.put_unsure': 'may have set a secret',
  'secret.delete_started': 'began to delete a secret',
  'secret.deleted': 'deleted a secret',
  'secret.delete_failed': 'could not delete a secret',
  'secret.lost': 'no longer has a secret',
  'secret.found': 'has a secret that nobody set here',
  'step.started': 'began a step',
  'step.succeeded': 'finished a step',
  'step.failed': 'failed at a step',
  'step.undone': 'took a step back',
  'config.versioned': 'put a Config',
  'config.activated': 'put a Config in force',
  'config.archived': 'archived a Config',
  operator_access: 'looked at what is the tenant’s',
};

export function actionText(action: string): string {
  return Object.hasOwn(TEXTS, action)
    ? (TEXTS[action] ?? action)
    : action.replaceAll(/[._]/gu, ' ');
}
