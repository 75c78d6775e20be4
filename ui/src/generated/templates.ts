// Generated from latchkey-core by `cargo xtask generate`. Do not edit.
import type { RoleTemplate } from "./RoleTemplate";

/** The roles to start from. */
export const ROLE_TEMPLATES: RoleTemplate[] = [
  {
    "name": "Read-Only",
    "description": "Sees work items, customers and tasks, and changes nothing.",
    "permissions": [
      "view_all_workitems",
      "view_all_customers",
      "view_all_tasks"
    ]
  },
  {
    "name": "Integration",
    "description": "Reads and writes work items, customers and tasks.",
    "permissions": [
      "view_all_workitems",
      "tasks.add_workitem",
      "tasks.change_workitem",
      "view_all_customers",
      "customers.add_customer",
      "customers.change_customer",
      "view_all_tasks",
      "tasks.add_task",
      "tasks.change_task"
    ]
  },
  {
    "name": "Limited",
    "description": "Sees and creates work items, and updates none.",
    "permissions": [
      "view_all_workitems",
      "tasks.add_workitem"
    ]
  }
];
