//! How templates are written: one element a line, so that a diff shows what changed and a missing end tag is seen.

use std::{collections::BTreeMap, fs, path::Path};

/// The longest line, in characters.
const WIDTH: usize = 140;

/// Elements without an end tag.
const VOID: [&str; 7] = ["br", "hr", "img", "input", "link", "meta", "wbr"];

/// What a line may hold, with `<` for the start of an element and `>` for its end: no element, the start or the end of one,
/// a whole one, or a whole one with another inside.
const SHAPES: [&str; 5] = ["", "<", ">", "<>", "<<>>"];

/// Every template by its path.
fn templates() -> BTreeMap<String, String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")];
    let mut found = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.display().to_string(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(found.len() > 15, "the search itself finds the templates");
    found
}

/// The HTML of a template: without what stands in `{{ }}`, `{% %}` and `{# #}`, but with all line breaks.
fn html(template: &str) -> String {
    let mut html = String::new();
    let mut rest = template;
    while let Some(start) = ["{{", "{%", "{#"].iter().filter_map(|opening| rest.find(opening)).min() {
        let closing = match &rest[start..start + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let end = rest[start..].find(closing).map_or(rest.len(), |length| start + length + closing.len());
        html += &rest[..start];
        html += &"\n".repeat(rest[start..end].matches('\n').count());
        rest = &rest[end..];
    }
    html + rest
}

/// Where a tag ends; an attribute may hold a `>`.
fn length(tag: &str) -> usize {
    let mut quote = None;
    for (place, letter) in tag.char_indices() {
        match quote {
            None if letter == '>' => return place + 1,
            None => quote = ['"', '\''].into_iter().find(|mark| *mark == letter),
            Some(mark) if mark == letter => quote = None,
            Some(_) => {}
        }
    }
    tag.len()
}

/// The shape of each line of some HTML, from the first on (see [`SHAPES`]).
fn shapes(html: &str) -> Vec<String> {
    let mut shapes = vec![String::new()];
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let tag = &rest[start..start + length(&rest[start..])];
        let name = tag.trim_start_matches(['<', '/']).split(|letter: char| !letter.is_ascii_alphanumeric()).next();
        let (begins, ends) = match tag {
            _ if tag.starts_with("<!") => (false, false),
            _ if tag.starts_with("</") => (false, true),
            _ => (true, tag.ends_with("/>") || name.is_some_and(|name| VOID.contains(&name))),
        };
        let breaks = |text: &str| vec![String::new(); text.matches('\n').count()];
        shapes.extend(breaks(&rest[..start]));
        shapes.last_mut().unwrap().push_str(if begins { "<" } else { "" });
        shapes.extend(breaks(tag));
        shapes.last_mut().unwrap().push_str(if ends { ">" } else { "" });
        rest = &rest[start + tag.len()..];
    }
    shapes
}

#[test]
fn no_line_of_a_template_is_longer_than_140_characters() {
    let mut long = Vec::new();
    for (path, template) in templates() {
        for (line, number) in template.lines().zip(1..) {
            let width = line.chars().count();
            if width > WIDTH {
                long.push(format!("{path}:{number}: {width} characters"));
            }
        }
    }
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn a_line_of_a_template_holds_one_element_or_one_inside_another() {
    let mut wrong = Vec::new();
    for (path, template) in templates() {
        for ((shape, line), number) in shapes(&html(&template)).iter().zip(template.lines()).zip(1..) {
            if !SHAPES.contains(&shape.as_str()) {
                wrong.push(format!("{path}:{number}: {}", line.trim()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_shape_of_a_line_is_what_begins_and_ends_on_it() {
    let template = r#"<p>{{ page.t("<b>") }} <a href="{% if x %}/a>b{% endif %}">c</a></p>
<div
  class="x"> <br> <i></i> </div>
{# <p>
<p> #}<input value=">"
  name="y">
<svg><path d="z"/></svg> </b></i>"#;
    assert_eq!(shapes(&html(template)), ["<<>>", "<", "<><>>", "", "<", ">", "<<>>>>"]);
}
