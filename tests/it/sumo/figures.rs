//! Figures from SUMO's outputs; scenario files; SUMO's own programs.

use std::path::{Path, PathBuf};

use phasewise::sumo::net::Net;
use phasewise::sumo::programs;
use phasewise::sumo::results::{Figures, Incidents, Trips};
use phasewise::sumo::scenario::Scenario;
use phasewise::units::Millis;

/// Written by SUMO 1.28: one vehicle that arrived, one on the road, one that never got onto it.
const TRIPS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<tripinfos xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://sumo.dlr.de/xsd/tripinfo_file.xsd">
    <tripinfo id="f_0_2.0" depart="0.00" departLane="np2_nt2_0" departPos="46.53" departSpeed="10.11" departDelay="0.50" arrival="207.00" arrivalLane="nt15_np10_0" arrivalPos="75.00" arrivalSpeed="8.07" duration="207.00" routeLength="904.55" waitingTime="103.00" waitingCount="3" stopTime="0.00" timeLoss="124.20" rerouteNo="0" devices="tripinfo_f_0_2.0 emissions_f_0_2.0" vType="type1" speedFactor="0.92" vaporized="">
        <emissions CO_abs="1505.03" CO2_abs="428244.37" HC_abs="9.96" PMx_abs="18.76" NOx_abs="153.04" fuel_abs="138831.87" electricity_abs="0.00"/>
    </tripinfo>
    <tripinfo id="f_2_2.2" depart="1644.00" departLane="np2_nt2_0" departPos="0.00" departSpeed="0.94" departDelay="1036.73" arrival="-1.00" arrivalLane="" arrivalPos="-1.00" arrivalSpeed="-1.00" duration="1956.00" routeLength="847.67" waitingTime="1559.00" waitingCount="52" stopTime="0.00" timeLoss="1884.30" rerouteNo="0" devices="tripinfo_f_2_2.2 emissions_f_2_2.2" vType="type1" speedFactor="0.99" vaporized="end">
        <emissions CO_abs="0.00" CO2_abs="1000000.00" HC_abs="0.00" PMx_abs="0.00" NOx_abs="0.00" fuel_abs="0.00" electricity_abs="0.00"/>
    </tripinfo>
    <tripinfo id="f_2_2.70" depart="-1" departLane="" departPos="-1.00" departSpeed="-1.00" departDelay="2745.48" arrival="-1.00" arrivalLane="" arrivalPos="-1.00" arrivalSpeed="-1.00" duration="0.00" routeLength="0.00" waitingTime="0.00" waitingCount="0" stopTime="0.00" timeLoss="0.00" rerouteNo="0" devices="tripinfo_f_2_2.70 emissions_f_2_2.70" vType="type1" speedFactor="1.15" vaporized="end"/>
</tripinfos>"#;

const STATISTICS: &str = r#"<statistics>
    <performance clockBegin="1795365937.47" clockEnd="1795365969.52"/>
    <vehicles loaded="2484" inserted="1590" running="450" waiting="894"/>
    <teleports total="7" jam="5" yield="1" wrongLane="1"/>
    <safety collisions="2" emergencyStops="0" emergencyBraking="3"/>
</statistics>"#;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6
}

/// Whoever never got onto the road counts with all the time waited for it.
#[test]
fn delay_is_a_mean_over_everybody_scheduled() {
    let trips = Trips::parse(TRIPS).unwrap();
    assert_eq!(
        (trips.arrived, trips.running, trips.never_inserted),
        (1, 1, 1)
    );
    assert_eq!(trips.scheduled(), 3);
    assert!(close(trips.time_loss_s, 124.20 + 1884.30));
    assert!(close(trips.depart_delay_s, 0.5 + 1036.73 + 2745.48));
    let delay = trips.mean(trips.time_loss_s + trips.depart_delay_s);
    assert!(close(
        delay,
        (124.20 + 1884.30 + 0.5 + 1036.73 + 2745.48) / 3.0
    ));
    assert!(close(trips.mean(trips.stops), 55.0 / 3.0));
    assert!(close(trips.co2_kg, 1.428_244_37));
}

#[test]
fn a_run_without_vehicles_has_no_delay() {
    let trips = Trips::parse("<tripinfos/>").unwrap();
    assert_eq!(trips.scheduled(), 0);
    assert!(close(trips.mean(trips.time_loss_s), 0.0));
}

#[test]
fn everything_wrong_with_a_trip_file_is_said_at_once() {
    let damaged = TRIPS
        .replace("timeLoss=\"124.20\"", "timeLoss=\"much\"")
        .replace("departDelay=\"2745.48\" ", "");
    let error = Trips::parse(&damaged).unwrap_err();
    assert_eq!(
        error,
        "line 3, f_0_2.0: timeLoss: found \"much\"; allowed: a number\n\
         line 9, f_2_2.70: departDelay: found none; allowed: a number"
    );
    assert!(
        Trips::parse("<statistics/>")
            .unwrap_err()
            .contains("allowed: <tripinfos>")
    );
    assert!(Trips::parse(&TRIPS[..900]).unwrap_err().contains("no XML"));
}

#[test]
fn incidents_are_those_of_sumo() {
    let incidents = Incidents::parse(STATISTICS).unwrap();
    assert_eq!((incidents.teleports, incidents.collisions), (7, 2));
    assert!(Incidents::parse("<statistics/>").is_err());
}

/// What scripts rely on.
#[test]
fn the_json_has_the_promised_keys() {
    let json = serde_json::to_value(Figures::default()).unwrap();
    let keys: Vec<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    for key in [
        "delay_s",
        "time_loss_s",
        "depart_delay_s",
        "stops",
        "arrived",
        "running",
        "never_inserted",
        "max_wait_s",
        "max_wait_violations",
        "teleports",
        "collisions",
        "co2_kg",
        "wall_s",
        "scenario",
        "controller",
        "seed",
        "sumo",
        "emergency_braking",
        "sumo_s",
        "controllers_s",
    ] {
        assert!(keys.contains(&key), "{key}");
    }
}

#[test]
fn a_scenario_file_tells_net_times_and_further_inputs() {
    let text = r#"<configuration>
        <input><net-file value="a.net.xml"/><additional-files value="x.add.xml, sub/y.add.xml"/></input>
        <time><begin value="7:00:00"/><end value="28800"/><step-length value="0.5"/></time>
    </configuration>"#;
    let scenario = Scenario::parse(text, Path::new("nets/city.sumocfg")).unwrap();
    assert_eq!(scenario.name, "city");
    assert_eq!(scenario.net, PathBuf::from("nets/a.net.xml"));
    let further = ["nets/x.add.xml", "nets/sub/y.add.xml"].map(PathBuf::from);
    assert_eq!(scenario.additional, further);
    assert_eq!(scenario.begin, Millis(25_200_000));
    assert_eq!(scenario.end, Some(Millis(28_800_000)));
    assert_eq!(scenario.step, Millis(500));
}

#[test]
fn a_scenario_without_times_begins_at_zero_and_has_no_end() {
    let text = r#"<configuration><net-file value="a.net.xml"/><end value="-1"/></configuration>"#;
    let scenario = Scenario::parse(text, Path::new("a.sumocfg")).unwrap();
    assert_eq!(
        (scenario.begin, scenario.end, scenario.step),
        (Millis(0), None, Millis(1000))
    );
}

#[test]
fn everything_wrong_with_a_scenario_file_is_said_at_once() {
    let text = r#"<additional><begin value="morning"/><step-length value="0.25"/></additional>"#;
    let error = Scenario::parse(text, Path::new("a.sumocfg")).unwrap_err();
    let lines: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 4, "{error}");
    for (line, part) in lines
        .iter()
        .zip(["<additional>", "net-file", "begin", "step-length"])
    {
        assert!(
            line.starts_with("a.sumocfg: ") && line.contains(part),
            "{line}"
        );
        assert!(line.contains("found") && line.contains("allowed"), "{line}");
    }
    let error = Scenario::parse("no xml", Path::new("a.sumocfg")).unwrap_err();
    assert!(error.to_string().contains("no XML"), "{error}");
    let error = Scenario::read(Path::new("nowhere.sumocfg")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("nowhere.sumocfg: cannot be read"),
        "{error}"
    );
}

/// Greens may be as short as everybody's and as long as the net says; yellow stays as it is.
#[test]
fn sumos_own_control_gets_the_states_of_the_net() {
    let net = r#"<net version="1.20">
        <edge id="in" from="a" to="C"><lane id="in_0" index="0" speed="13.9" length="100" shape="0,0 100,0"/></edge>
        <edge id="out" from="C" to="b"><lane id="out_0" index="0" speed="13.9" length="100" shape="110,0 210,0"/></edge>
        <tlLogic id="C" type="static" programID="0" offset="3">
            <phase duration="29" state="G" maxDur="40"/>
            <phase duration="3" state="y"/>
            <phase duration="30" state="r"/>
        </tlLogic>
        <junction id="C" type="traffic_light" x="105" y="0" incLanes="in_0" intLanes="" shape="100,-5 110,5"/>
        <junction id="a" type="dead_end" x="0" y="0" incLanes="" intLanes="" shape="0,0"/>
        <junction id="b" type="dead_end" x="210" y="0" incLanes="out_0" intLanes="" shape="210,0"/>
        <connection from="in" to="out" fromLane="0" toLane="0" tl="C" linkIndex="0" dir="s" state="o"/>
    </net>"#;
    let net = Net::parse(net, "a.net.xml").unwrap();
    let file = programs::additional_file(&net, "actuated", 5.0);
    for line in [
        r#"<tlLogic id="C" type="actuated" programID="phasewise" offset="3">"#,
        r#"<phase duration="29" minDur="5" maxDur="40" state="G"/>"#,
        r#"<phase duration="3" state="y"/>"#,
        r#"<phase duration="30" state="r"/>"#,
    ] {
        assert!(file.contains(line), "{line} in\n{file}");
    }
}
