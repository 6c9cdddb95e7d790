//! `docker compose up` of this repository: its files keep the rules of the house, and what they start works together.
//!
//! There are no containers here. `rules` reads the files; `services` runs the very commands, environments and configurations as processes of
//! this machine. What containers would map is mapped in their place, and nothing else: the names of services with their ports, and the folders
//! of volumes. In place of MinIO there is another store that speaks S3.

mod file;
mod rules;
mod services;
