/** Where approvers see what waits. */
export const approvalsPath = '/approvals';
