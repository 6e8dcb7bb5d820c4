async def test_dbg(school, tokens, at_agent, run_agent, seal_ca):
    tokens.add("truong", seal_ca.issue_school("Trường THCS Mẫu", "9900000019"))
    agent = await run_agent()
    page = await at_agent(school.admin, "/chung-thu-so/usb-token")
    said=[]
    page.on("console", lambda m: said.append(m.text)); page.on("response", lambda r: said.append(f"{r.status} {r.url}"))
    await page.get_by_role("button", name="Đồng ý").click()
    await page.wait_for_timeout(4000)
    await page.screenshot(path="/tmp/dbg.png")
    import sys
    sys.stderr.write("\n".join(said)+page.url+"\n"+(await page.locator("body").inner_text())[-700:])
    assert 0
