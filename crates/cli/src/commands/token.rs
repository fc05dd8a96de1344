//! `fhirkit token --show` and `fhirkit userinfo`: what a sign-in gave, for other programs.

use fhirkit_fetch::auth::userinfo as ask;
use fhirkit_fetch::discover;

use crate::args::network::{TokenArgs, UserinfoArgs};
use crate::exit::{Exit, Failure};
use crate::settings::Settings;
use crate::{network, output};

/// Prints the token, and nothing else.
pub(crate) fn run(settings: &Settings, arguments: &TokenArgs) -> Result<Exit, Failure> {
    let provider = network::provider(settings, &arguments.server.provider)?;
    let session = network::session(&provider, &arguments.server.http)?;
    let token = network::run(async { Ok(session.access_token().await?) })?;
    output::print(&format!("{}\n", token.reveal()))?;
    Ok(Exit::Clean)
}

/// Prints who has signed in, as the server says.
pub(crate) fn userinfo(settings: &Settings, arguments: &UserinfoArgs) -> Result<Exit, Failure> {
    let provider = network::provider(settings, &arguments.server.provider)?;
    let session = network::session(&provider, &arguments.server.http)?;
    let transport = arguments.server.http.transport()?;
    let said = network::run(async {
        let url = match provider.userinfo_url.clone() {
            Some(url) => url,
            None => discover(&provider, &transport).await?.userinfo.ok_or_else(|| {
                let message = format!("`{}` names no endpoint for user information", provider.name);
                Failure::usage("provider", message)
                    .with_help(format!("add userinfo_url to [provider.{}]", provider.name))
            })?,
        };
        Ok(ask(&url, &session.access_token().await?, &transport).await?)
    })?;
    output::print_json(&said)?;
    Ok(Exit::Clean)
}
