//! Who signed in, by the user information endpoint (OpenID Connect Core 1.0, section 5.3).

use serde_json::Value;
use url::Url;

use super::transport::{LARGEST_REPLY, Transport, get, shape};
use crate::error::{Error, ErrorKind, Result};
use crate::http::BearerToken;

/// What the endpoint `url` says of the bearer of `token`. Patient data: on a terminal only, when asked.
///
/// # Errors
/// [`ErrorKind::Expired`] when the token is not accepted, [`ErrorKind::Denied`] when it is not enough,
/// [`ErrorKind::NotFhir`] for an answer that is no JSON object: with the place of the fault, never its text.
pub async fn userinfo(url: &Url, token: &BearerToken, transport: &dyn Transport) -> Result<Value> {
    let response = transport.send(get(url, Some(token.reveal()))?).await?;
    match response.status().as_u16() {
        200 => {}
        401 => {
            let message = "the token is not accepted by the user information endpoint";
            return Err(Error::new(ErrorKind::Expired, message).with_help("sign in again: fhirkit login"));
        }
        403 => {
            let message = "the token is not enough for the user information endpoint";
            let help = "it takes the scope `profile` (and `openid`): add it to `scopes` and sign in again";
            return Err(Error::new(ErrorKind::Denied, message).with_help(help));
        }
        status => {
            let message = format!("the user information endpoint answers {status}");
            return Err(
                Error::new(ErrorKind::Status, message).with_help("check `userinfo_url` of the provider")
            );
        }
    }
    if response.body().len() > LARGEST_REPLY {
        return Err(Error::new(ErrorKind::TooLarge, "the user information has more than 1 MiB"));
    }
    match serde_json::from_slice::<Value>(response.body()) {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err(Error::new(ErrorKind::NotFhir, "the user information is JSON, but no object")),
        Err(_) if matches!(shape(&response), "empty" | "HTML or XML" | "no JSON") => {
            let message = format!("the user information is {}, not a JSON object", shape(&response));
            Err(Error::new(ErrorKind::NotFhir, message))
        }
        // The parser's words for a value of any kind hold nothing of the text.
        Err(error) => {
            Err(Error::new(ErrorKind::NotFhir, format!("the user information is not valid JSON: {error}"))
                .with_help("the server writes it so; tell the payer"))
        }
    }
}

#[cfg(test)]
mod tests {
    use oauth2::http::Response;

    use super::*;
    use crate::auth::HttpRequest;

    async fn ask(status: u16, body: &str) -> Result<Value> {
        let answer = Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap();
        let server = move |request: HttpRequest| {
            assert_eq!(request.headers()["authorization"], "Bearer t1");
            let answer = answer.clone();
            async move { Ok(answer) }
        };
        let url = Url::parse("https://f.example/userinfo").unwrap();
        userinfo(&url, &BearerToken::new("t1", &url).unwrap(), &server).await
    }

    #[tokio::test]
    async fn what_the_server_says_is_given_as_it_is() {
        let value = ask(200, r#"{"sub":"a","prefered_username":"a"}"#).await.unwrap();
        assert_eq!(value["prefered_username"], "a");
    }

    #[tokio::test]
    async fn the_example_of_the_payers_page_is_no_json_and_its_place_is_told() {
        let page = "{\n\"sub\": \"fflinstone\",\n\"given_name\": \"Fred\",\n\"family_name:, \"Flinstone,\n}";
        let error = ask(200, page).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFhir);
        assert!(error.to_string().contains("line 4"), "{error}");
        assert!(!format!("{error:?}").to_lowercase().contains("linstone"), "{error:?}");
    }

    #[tokio::test]
    async fn refusals_say_what_helps() {
        assert_eq!(ask(401, "").await.unwrap_err().kind(), ErrorKind::Expired);
        assert!(ask(403, "{}").await.unwrap_err().help().unwrap().contains("`profile`"));
        assert_eq!(ask(302, "").await.unwrap_err().kind(), ErrorKind::Status);
        assert!(ask(200, "<html>Fred").await.unwrap_err().to_string().contains("HTML"));
        assert!(ask(200, "[]").await.unwrap_err().to_string().contains("no object"));
    }
}
