//! What a queue promises: order, durability, a limit, and marks that tell copies.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use trunkline_events::Timestamp;

use super::{Queue, QueueError, QueueOptions};

const AT: Timestamp = Timestamp::from_micros(1_767_607_200_000_000);

fn open(path: &Path) -> Queue {
    Queue::open(path, QueueOptions::default()).unwrap()
}

fn records(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn texts(queue: &Queue, from: u64) -> Vec<String> {
    queue.read(from, 1000, usize::MAX).unwrap().into_iter().map(|queued| String::from_utf8(queued.record).unwrap()).collect()
}

#[tokio::test]
async fn what_was_put_is_there_in_order_after_it_was_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.redb");
    let queue = open(&path);
    let name = queue.incarnation().to_owned();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "raw records are nobody else's");
    }
    assert_eq!(queue.put(records(&["a", "b"]), AT).await.unwrap(), 0..2);
    assert_eq!(queue.put(records(&["c"]), AT).await.unwrap(), 2..3);
    let mark = queue.mark(2).unwrap();
    drop(queue);
    let queue = open(&path);
    assert_eq!((texts(&queue, 0), texts(&queue, 2)), (vec!["a".into(), "b".into(), "c".into()], vec!["c".to_owned()]));
    assert_eq!((queue.incarnation(), queue.mark(2).unwrap()), (name.as_str(), mark));
    assert_eq!(queue.put(records(&["d"]), AT).await.unwrap(), 3..4, "numbers go on");
    assert_eq!(queue.read(0, 2, usize::MAX).unwrap().len(), 2);
    assert_eq!(queue.read(0, 10, 1).unwrap().len(), 1, "a record larger than the limit still comes");
}

#[tokio::test]
async fn trimmed_records_are_gone_and_their_numbers_are_not_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.redb");
    let queue = open(&path);
    queue.put(records(&["aa", "bb", "cc"]), AT).await.unwrap();
    let marks: Vec<Option<i64>> = (0..3).map(|seq| queue.mark(seq).unwrap()).collect();
    queue.trim(3).unwrap();
    let pending = queue.pending(3).unwrap();
    assert_eq!((pending.first, pending.next, pending.bytes, pending.oldest), (3, 3, 0, None));
    assert_eq!((queue.mark(2).unwrap(), queue.mark(1).unwrap()), (marks[2], None), "the last one's mark is kept");
    drop(queue);
    let queue = open(&path);
    assert_eq!(queue.put(records(&["dd"]), AT).await.unwrap(), 3..4);
    assert_eq!(queue.pending(3).unwrap().oldest, Some(AT));
}

#[tokio::test]
async fn senders_that_come_together_share_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let options = QueueOptions { commit_wait: Duration::from_millis(200), ..QueueOptions::default() };
    let queue = Arc::new(Queue::open(&folder.path().join("q.redb"), options).unwrap());
    let mut senders = JoinSet::new();
    for i in 0..64 {
        let queue = Arc::clone(&queue);
        senders.spawn(async move { queue.put(records(&[&i.to_string()]), AT).await.unwrap() });
    }
    let mut numbers: Vec<u64> = senders.join_all().await.into_iter().flatten().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..64).collect::<Vec<u64>>(), "each has its own number");
    assert!(queue.commits() < 64, "{} commits for 64 senders", queue.commits());
}

#[tokio::test]
async fn a_full_queue_refuses_with_its_numbers_and_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let options = QueueOptions { max_bytes: 10, ..QueueOptions::default() };
    let queue = Queue::open(&folder.path().join("q.redb"), options).unwrap();
    queue.put(records(&["12345678"]), AT).await.unwrap();
    let refused = queue.put(records(&["1", "23"]), AT).await.unwrap_err();
    assert!(matches!(refused, QueueError::Full { held: 8, more: 3, limit: 10 }), "{refused}");
    assert_eq!(queue.put(records(&["12"]), AT).await.unwrap(), 1..2, "what fits is taken");
    queue.trim(1).unwrap();
    assert_eq!(queue.put(records(&["12345678"]), AT).await.unwrap(), 2..3, "what left made room");
}

#[tokio::test]
async fn what_was_acknowledged_is_in_the_file_as_it_lies_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.redb");
    let queue = open(&path);
    for i in 0..20 {
        queue.put(records(&[&format!("r{i}")]), AT).await.unwrap();
    }
    // As a process killed now would leave it: nothing is closed.
    let left = folder.path().join("left.redb");
    std::fs::copy(&path, &left).unwrap();
    assert_eq!(texts(&open(&left), 0), (0..20).map(|i| format!("r{i}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_file_put_back_from_an_earlier_copy_is_told_by_its_marks() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("q.redb"), folder.path().join("copy.redb"));
    let queue = open(&path);
    queue.put(records(&["a"]), AT).await.unwrap();
    drop(queue);
    std::fs::copy(&path, &copy).unwrap();
    let queue = open(&path);
    queue.put(records(&["b", "c"]), AT).await.unwrap();
    let committed = queue.mark(2).unwrap();
    drop(queue);
    let restored = open(&copy);
    assert_eq!(restored.mark(2).unwrap(), None, "what was acknowledged is lost");
    restored.put(records(&["x", "c"]), AT).await.unwrap();
    assert_ne!(restored.mark(2).unwrap(), committed, "the same number and the same bytes after another history");
}

#[tokio::test]
async fn a_second_owner_and_a_file_that_is_no_queue_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.redb");
    let _queue = open(&path);
    assert!(matches!(Queue::open(&path, QueueOptions::default()), Err(QueueError::InUse { .. })));
    let other = folder.path().join("notes.txt");
    std::fs::write(&other, "not a queue at all\n".repeat(400)).unwrap();
    let refused = Queue::open(&other, QueueOptions::default()).unwrap_err().to_string();
    assert!(refused.contains("notes.txt"), "{refused}");
}
