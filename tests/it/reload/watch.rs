//! Which changes of files are noticed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use llmhealth::config::load;
use llmhealth::domain::Environment;
use llmhealth::reload::{ConfigSource, Reloader, Reloads};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::support::fleet::{Fleet, chat_fleet};
use crate::support::scripted::{Reply, ScriptedTransport};

/// A configuration in a folder, watched. Time is virtual, and stands still while files are looked at.
struct Watched {
    folder: TempDir,
    fleet: Fleet,
    reloader: Arc<Reloader>,
    task: JoinHandle<()>,
}

impl Watched {
    /// Lays out files and watches `config.yaml`.
    fn new(lay_out: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        lay_out(folder.path());
        let path = folder.path().join("config.yaml");
        let fleet = Fleet::new("model_list: []", ScriptedTransport::always(Reply::Hang));
        fleet.checker.reload(Arc::new(load(&path, Environment::default()).unwrap().config));
        let source = ConfigSource::File(path);
        let reloader = Reloader::new(source, Arc::clone(&fleet.config), Arc::clone(&fleet.checker));
        let task = tokio::spawn(Arc::clone(&reloader).watch());
        Self { folder, fleet, reloader, task }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn ids(&self) -> Vec<String> {
        self.fleet.config.load().fleet.all().iter().map(|deployment| deployment.id.to_string()).collect()
    }

    /// Reloads so far: good ones and refused ones. Gives the watch time to notice.
    async fn tally(&self) -> (u64, u64) {
        sleep(Duration::from_secs(10)).await;
        let Reloads { successes, failures, .. } = self.reloader.tally();
        (successes, failures)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn fleet(ids: &[&str], rest: &str) -> String {
    let deployments: Vec<(&str, &str)> = ids.iter().map(|id| (*id, "h")).collect();
    chat_fleet(&deployments, rest)
}

#[tokio::test(start_paused = true)]
async fn a_changed_file_is_reloaded_once() {
    let watched = Watched::new(|folder| fs::write(folder.join("config.yaml"), fleet(&["a"], "")).unwrap());
    assert_eq!(watched.tally().await, (0, 0), "nothing has changed");
    watched.write("config.yaml", &fleet(&["a", "b"], ""));
    assert_eq!(watched.tally().await, (1, 0));
    assert_eq!(watched.ids(), ["a", "b"]);
    assert_eq!(watched.tally().await, (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_change_before_the_first_look_is_seen() {
    let watched = Watched::new(|folder| fs::write(folder.join("config.yaml"), fleet(&["a"], "")).unwrap());
    watched.write("config.yaml", &fleet(&["b"], ""));
    assert_eq!(watched.tally().await, (1, 0));
    assert_eq!(watched.ids(), ["b"]);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_says_the_same_is_left_alone() {
    let watched = Watched::new(|folder| fs::write(folder.join("config.yaml"), fleet(&["a"], "")).unwrap());
    watched.tally().await;
    // Touched, and replaced by a copy.
    let file = fs::File::options().append(true).open(watched.path("config.yaml")).unwrap();
    file.set_modified(file.metadata().unwrap().modified().unwrap() + Duration::from_mins(1)).unwrap();
    assert_eq!(watched.tally().await, (0, 0));
    watched.write("new.yaml", &fleet(&["a"], ""));
    fs::rename(watched.path("new.yaml"), watched.path("config.yaml")).unwrap();
    assert_eq!(watched.tally().await, (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_included_file_counts() {
    let watched = Watched::new(|folder| {
        fs::write(folder.join("config.yaml"), "include: [models.yaml]\n").unwrap();
        fs::write(folder.join("models.yaml"), fleet(&["a"], "")).unwrap();
    });
    watched.tally().await;
    watched.write("models.yaml", &fleet(&["b"], ""));
    assert_eq!(watched.tally().await, (1, 0));
    assert_eq!(watched.ids(), ["b"]);
    // A file that is included since a reload is watched like the others.
    watched.write("config.yaml", "include: [models.yaml, more.yaml]\n");
    assert_eq!(watched.tally().await, (1, 1), "the included file is not there yet");
    assert_eq!(watched.ids(), ["b"]);
    watched.write("more.yaml", &fleet(&["c"], ""));
    assert_eq!(watched.tally().await, (2, 1));
    assert_eq!(watched.ids(), ["b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn a_config_map_is_swapped_by_a_link() {
    // The layout of a mounted `ConfigMap`: `config.yaml -> ..data/config.yaml`, `..data -> ..version`.
    let version = |folder: &Path, name: &str, text: &str| {
        fs::create_dir(folder.join(name)).unwrap();
        fs::write(folder.join(name).join("config.yaml"), text).unwrap();
    };
    let watched = Watched::new(|folder| {
        version(folder, "..2026_01", &fleet(&["a"], ""));
        symlink("..2026_01", folder.join("..data")).unwrap();
        symlink("..data/config.yaml", folder.join("config.yaml")).unwrap();
    });
    watched.tally().await;
    version(watched.folder.path(), "..2026_02", &fleet(&["b"], ""));
    symlink("..2026_02", watched.path("..data_tmp")).unwrap();
    fs::rename(watched.path("..data_tmp"), watched.path("..data")).unwrap();
    fs::remove_dir_all(watched.path("..2026_01")).unwrap();
    assert_eq!(watched.tally().await, (1, 0));
    assert_eq!(watched.ids(), ["b"]);
}

#[tokio::test(start_paused = true)]
async fn a_bad_file_is_refused_once_and_taken_when_it_is_mended() {
    let watched = Watched::new(|folder| fs::write(folder.join("config.yaml"), fleet(&["a"], "")).unwrap());
    watched.tally().await;
    watched.write("config.yaml", "model_list: [\n");
    assert_eq!(watched.tally().await, (0, 1));
    assert_eq!(watched.tally().await, (0, 1), "nobody wants to read the same error every two seconds");
    assert!(!watched.reloader.tally().is_last_good);
    fs::remove_file(watched.path("config.yaml")).unwrap();
    assert_eq!(watched.tally().await, (0, 2));
    assert_eq!(watched.ids(), ["a"]);
    watched.write("config.yaml", &fleet(&["b"], ""));
    assert_eq!(watched.tally().await, (1, 2));
    assert_eq!(watched.ids(), ["b"]);
    assert!(watched.reloader.tally().is_last_good);
}

#[tokio::test(start_paused = true)]
async fn watching_can_be_turned_off() {
    let off = "llmhealth: {reload: {watch: false}}";
    let watched = Watched::new(|folder| fs::write(folder.join("config.yaml"), fleet(&["a"], off)).unwrap());
    watched.write("config.yaml", &fleet(&["b"], ""));
    assert_eq!(watched.tally().await, (0, 0));
    assert_eq!(watched.ids(), ["a"]);
}
