using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FineWebTorch.FaultyWorker;

namespace FineWebTorch.EndToEnd.Tests.Watching;

/// <summary>The page in a real browser, beside a real run to which things happen.</summary>
public sealed partial class WatchedRunTests : IDisposable
{
    /// <summary>Scored, as the page says.</summary>
    private const string Rows = "Number(document.getElementById('rows').textContent.split(' ')[0].replaceAll(',', ''))";

    /// <summary>Work for longer than all takes that happens to the run.</summary>
    private readonly RunFolder _folder = new(copies: 40);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [LongTest(minutes: 20)]
    public async Task Page_ShowsAKill_AQuarantine_AndACoordinatorThatGoesAndComesBack()
    {
        await using var browser = Browser.Start();
        await using var first = StartCoordinator("127.0.0.1:0", "127.0.0.1:0");
        var joined = await first.LineWithAsync("has joined");
        await EnterAsync(browser);
        await ShowsTheRunAsync(browser);
        await browser.PictureAsync("real-1-run");

        await ShowsAKillAsync(browser, int.Parse(ProcessId().Match(joined).Groups[1].Value, CultureInfo.InvariantCulture));

        var arguments = await first.WorkerArgumentsAsync();
        await using var faulty = ProgramProcess.StartWorker(
            new FaultyDevice { FailsAt = 1, Fault = DeviceFault.Data }, arguments);
        await ShowsAQuarantineAsync(browser);

        var address = Address().Match(await first.LineWithAsync("watch it at ")).Groups[1].Value;
        first.Signal("KILL");
        await browser.ReadAsync("notice-text", "has not answered since");
        var rows = await browser.DoAsync($"return page.evaluate(() => {Rows})");
        await browser.PictureAsync("real-4-gone");
        await using var second = StartCoordinator(new Uri(arguments[^1]).Authority, address);
        await browser.SeeAsync("#live.live-live");
        await browser.DoAsync("await page.waitForSelector('#notice', { state: 'hidden' })");
        await browser.DoAsync(
            $"await page.waitForFunction(() => {Rows} > {rows})");
        await TwoWorkAsync(browser);
        await browser.PictureAsync("real-5-back");

        second.Signal("INT");
        await browser.ReadAsync("notice-text", "^The run has stopped at ");
        await second.ExitAsync();
    }

    /// <summary>Two local workers, which take their time.</summary>
    private ProgramProcess StartCoordinator(string listen, string web) => ProgramProcess.StartIn(
        new Dictionary<string, string?>
        {
            [FaultyDevice.Variable] = new FaultyDevice { MillisecondsPerDocument = 300 }.ToJson(),
            ["FINEWEB_WORKER"] = Path.ChangeExtension(
                ProgramProcess.PathOf("faultyWorker"), OperatingSystem.IsWindows() ? "exe" : null),
        },
        "coordinator",
        _folder.Arguments(
            "watched", "--listen", listen, "--web", web, "--local-workers", "2", "--heartbeat-timeout", "20s"));

    private async Task EnterAsync(Browser browser)
    {
        // Not as the other programs here, in whose output a secret is a fault.
        var link = await Executables.OutputOfAsync(new ProcessStartInfo(
            "dotnet", [ProgramProcess.PathOf("coordinator"), "token", "web", "--run", _folder.Run("watched")]));
        await browser.DoAsync($"await page.goto('{Link().Match(link).Value}')");
    }

    /// <summary>Two workers at work, scores, files, and documents of some score.</summary>
    private static async Task ShowsTheRunAsync(Browser browser)
    {
        await browser.SeeAsync("#live.live-live");
        await TwoWorkAsync(browser);
        await browser.ReadAsync("rows", "^[1-9][0-9,]* of 6,400 rows");
        await browser.SeeAsync("#scores:not(.empty)");
        await browser.SeeAsync("#files .state-working");
        await browser.ReadAsync("name-use", "^CPU use$");
        await browser.DoAsync(
            """
            while ((await page.locator('#documents-list .document').count()) === 0)
              for (const band of await page.locator('#bands label').all()) {
                await band.click();
                await page.waitForFunction(() => !document.querySelector('#documents-list').hasAttribute('aria-busy'));
                if ((await page.locator('#documents-list .document').count()) > 0) break;
              }
            """);
        await browser.DemandCleanAsync();
    }

    /// <summary>It leaves, and another is started in its place.</summary>
    private static async Task ShowsAKillAsync(Browser browser, int process)
    {
        using (var worker = Process.GetProcessById(process))
            worker.Kill();
        await browser.SeeAsync($"#events-list .event:has-text('worker lost'):has-text('/cpu/{process}')");
        await browser.PictureAsync("real-2-killed");
        await browser.DoAsync(
            $"await page.waitForSelector('#workers .grid-row:has-text(\"/cpu/{process}\")', {{ state: 'detached' }})");
        await TwoWorkAsync(browser);
    }

    /// <summary>With its reason; and it gets work again where a person allows it.</summary>
    private static async Task ShowsAQuarantineAsync(Browser browser)
    {
        await browser.ClickAsync("#workers .grid-row:has(.state-quarantined)");
        Assert.Contains(
            "the text column cannot be decoded", await browser.SeeAsync("#detail-facts"), StringComparison.Ordinal);
        await browser.PictureAsync("real-3-quarantined");
        await browser.ClickAsync("#detail-deeds button:has-text('Allow')");
        await browser.ClickAsync("#confirm-do");
        await browser.SeeAsync("#toast p");
        await browser.DoAsync("await page.keyboard.press('Escape')");
        await browser.SeeAsync("#events-list .event-kind:has-text('worker allowed')");
        await browser.DemandCleanAsync();
    }

    private static async Task TwoWorkAsync(Browser browser) => await browser.DoAsync(
        "await page.waitForFunction(() => document.querySelectorAll('#workers .state-working').length === 2)");

    [GeneratedRegex(@"/cpu/(\d+) ")]
    private static partial Regex ProcessId();

    [GeneratedRegex("watch it at http://([0-9.:]+)")]
    private static partial Regex Address();

    [GeneratedRegex(@"http://\S+/enter\S*")]
    private static partial Regex Link();
}
