/** Types of simulator.js. */

import type { Agent, Looking, PermissionAnswer } from "./hocba-agent.js";

export type PinAnswer = "right" | "wrong" | "blocked" | "cancel" | "silent" | "driver" | "busy";

export interface Plan {
  absence?: "not_installed" | "blocked" | "frame" | "insecure" | "site" | "full" | "too_old" | "too_new" | null;
  consent?: "once" | "remember" | "no" | "silent" | "busy";
  pin?: readonly PinAnswer[];
  pullAfter?: number | null;
  backAfter?: number | null;
  delay?: number;
  windowDelay?: number;
  certificates?: readonly SimulatedCertificate[];
}

/** As the agent writes it. */
export interface SimulatedCertificate {
  fingerprint: string;
  der: string;
  chain: readonly string[];
  token_serial: string;
  token_label: string;
  usable: boolean;
  reason: string;
  pin_tries: string;
}

export interface Simulator {
  connect(options?: Looking): Promise<Agent>;
  permissionState(): Promise<PermissionAnswer>;
  requestPermission(options?: Looking): Promise<PermissionAnswer>;
  pull(): void;
  plug(): void;
}

export declare const CERTIFICATES: readonly SimulatedCertificate[];
export declare function simulator(plan?: Plan): Simulator;
