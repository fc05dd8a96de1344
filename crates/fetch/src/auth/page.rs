//! The small page that the browser shows when it lands at the listener.

/// A whole HTTP answer with a page of a title and a sentence; both are escaped.
pub(crate) fn answer(status: &str, title: &str, text: &str, has_body: bool) -> Vec<u8> {
    let body = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} – fhirkit</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\"><style>\
         body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1.5rem;\
         color:#1c2733;background:#f7f9fb}}h1{{font-size:1.5rem;margin-bottom:.3em}}\
         @media(prefers-color-scheme:dark){{body{{color:#e6edf3;background:#10161d}}}}</style></head>\
         <body><main><h1>{title}</h1><p>{text}</p></main></body></html>\n",
        title = escaped(title),
        text = escaped(text),
    );
    // No store, no referrer: the URL of the page holds the code.
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nx-content-type-options: nosniff\r\n\
         content-security-policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    let mut answer = head.into_bytes();
    if has_body {
        answer.extend_from_slice(body.as_bytes());
    }
    answer
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_server_says_is_text_on_the_page() {
        let page = String::from_utf8(super::answer("200 OK", "a", "<script>&\"", true)).unwrap();
        assert!(page.contains("<p>&lt;script&gt;&amp;&quot;</p>"));
    }
}
