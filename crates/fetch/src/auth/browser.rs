//! Opening the end user's browser.

use std::process::{Command, Stdio};

use url::Url;

/// Opens `url` by the platform's opener. Gives whether one was started; that it showed anything nobody knows.
pub(crate) fn open(url: &Url) -> bool {
    // Openers also run programs and open files: they get nothing but web pages.
    if !matches!(url.scheme(), "https" | "http") || !has_screen() {
        return false;
    }
    let (opener, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    let child = Command::new(opener)
        .args(arguments)
        .arg(url.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return false };
    // Some openers stay as long as the browser does; nobody waits for them but this thread.
    std::thread::spawn(move || child.wait());
    true
}

/// On Linux and its like, whether there is a screen that a browser could show itself on.
fn has_screen() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(target_os = "macos", windows))
        || ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"].into_iter().any(is_set)
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_web_pages_are_opened() {
        assert!(!super::open(&"file:///etc/passwd".parse().unwrap()));
    }
}
