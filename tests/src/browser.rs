//! Debian's chromium, driven by the WebDriver protocol: a driver of its own on a port of its own, gone with the test.
//!
//! A client of a hundred lines rather than a crate: those that there are bring a second stack of HTTP, cookies, times and
//! names of domains, and with them a compiler of HiGHS's bindings built anew.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// What to do where it is missing.
const MISSING: &str = "chromedriver is there: ./setup --tests installs it";

/// A browser with one page.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser, too.
        let _ = call(self.port, "DELETE", &self.session, &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    /// Starts one that keeps what pages log and ask for.
    pub fn start() -> Browser {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect(MISSING);
        let lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        // "ChromeDriver was started successfully on port 40123."
        let port = lines.map_while(Result::ok).find_map(|line| {
            line.split_once("successfully on port ").and_then(|(_, port)| port.trim_end_matches('.').parse().ok())
        });
        let port = port.expect("it says its port");
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1300,1000", "--force-device-scale-factor=1"],
        });
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let made =
            call(port, "POST", "/session", &wanted).expect("a browser starts: ./setup --tests installs chromium");
        let session = format!("/session/{}", made["sessionId"].as_str().expect("it has an id"));
        Browser { driver, port, session }
    }

    fn ask(&self, path: &str, body: &Value) -> Value {
        call(self.port, "POST", &format!("{}{path}", self.session), body)
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Opens a file and waits until its script says that it is ready.
    pub fn open(&self, path: &Path) {
        self.load(path);
        let ready = self.wait("document.documentElement.dataset.ready");
        assert_eq!(ready, "yes", "{:?}", self.logged());
    }

    /// Opens a file.
    pub fn load(&self, path: &Path) {
        // Letters of paths that mean something in an address.
        let path = path.to_str().expect("text").replace('%', "%25").replace('#', "%23").replace('?', "%3F");
        self.ask("/url", &json!({"url": format!("file://{path}")}));
    }

    /// What an expression is once it is something.
    pub fn wait(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[0]; const look = () => {{ const is = {expression}; if (is) done(is); else \
             requestAnimationFrame(look); }}; look();"
        );
        self.ask("/execute/async", &json!({"script": script, "args": []}))
    }

    /// What a script returns.
    pub fn run(&self, script: &str) -> Value {
        self.ask("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// A command of the browser's tools.
    pub fn tools(&self, command: &str, params: &Value) -> Value {
        self.ask("/goog/cdp/execute", &json!({"cmd": command, "params": params}))
    }

    /// What the page logged since it was last asked: warnings and errors, but for one on the tests' own looking at pixels.
    pub fn logged(&self) -> Vec<String> {
        let entries = self.ask("/se/log", &json!({"type": "browser"}));
        let bad = |entry: &&Value| ["WARNING", "SEVERE"].iter().any(|level| entry["level"] == *level);
        let entries = entries.as_array().cloned().unwrap_or_default();
        let messages = entries.iter().filter(bad).map(|entry| entry["message"].to_string());
        messages.filter(|message| !message.contains("willReadFrequently")).collect()
    }

    /// Every address that was asked for since this was last asked.
    pub fn requests(&self) -> Vec<String> {
        let entries = self.ask("/se/log", &json!({"type": "performance"}));
        let url = |entry: &Value| {
            let told: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &told["message"];
            let sent = message["method"] == "Network.requestWillBeSent";
            sent.then(|| message["params"]["request"]["url"].as_str().map(String::from)).flatten()
        };
        entries.as_array().cloned().unwrap_or_default().iter().filter_map(url).collect()
    }

    /// The page on paper, of these inches, as a PDF: how many pages it has.
    pub fn pages(&self, width: f64, height: f64) -> usize {
        let params = json!({"paperWidth": width, "paperHeight": height, "preferCSSPageSize": false, "landscape": true,
            "printBackground": true});
        let pdf = self.tools("Page.printToPDF", &params);
        // In base64, whose letters stand for six bits each.
        let text = pdf["data"].as_str().expect("a PDF");
        let bytes = base64(text);
        assert!(bytes.starts_with(b"%PDF"), "no PDF");
        let mark = b"/Type /Page";
        bytes.windows(mark.len() + 1).filter(|part| part.starts_with(mark) && part[mark.len()] != b's').count()
    }
}

/// One request to the driver; the value it answers, or its words on what went wrong.
fn call(port: u16, method: &str, path: &str, body: &Value) -> Result<Value, String> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
    stream.write_all(head.as_bytes()).map_err(|error| error.to_string())?;
    let (status, body) = answer(BufReader::new(stream)).map_err(|error| error.to_string())?;
    let value: Value = serde_json::from_str(&body).map_err(|error| format!("{error}: {body}"))?;
    match status.contains(" 200 ") {
        true => Ok(value["value"].clone()),
        false => Err(value["value"]["message"].to_string()),
    }
}

/// The first line of an answer, and what it holds: as much as it says, as the driver leaves the connection open.
fn answer(mut stream: BufReader<TcpStream>) -> std::io::Result<(String, String)> {
    let (mut status, mut length) = (String::new(), 0);
    stream.read_line(&mut status)?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        match line.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(0)
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

fn base64(text: &str) -> Vec<u8> {
    let bits = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let letters: Vec<u8> = text.bytes().filter(|letter| *letter != b'=').collect();
    let word = |four: &[u8]| {
        four.iter().fold(0_u32, |word, &letter| word << 6 | u32::from(bits(letter))) << (6 * (4 - four.len()))
    };
    letters.chunks(4).flat_map(|four| word(four).to_be_bytes()[1..four.len()].to_vec()).collect()
}
