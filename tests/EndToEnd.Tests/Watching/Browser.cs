using System.Diagnostics;
using System.Text.Json;

namespace FineWebTorch.EndToEnd.Tests.Watching;

/// <summary>A real Chromium with one page, which tests drive by steps in JavaScript: tests/Page/driven.mjs runs them.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly Process _process;

    private Browser(Process process) => _process = process;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Browser Start()
    {
        var folder = Path.Combine(TestData.RepositoryRoot, "tests", "Page");
        var node = Executables.Require("node");
        Executables.Require("/usr/bin/chromium");
        Executables.Demand(
            Directory.Exists(Path.Combine(folder, "node_modules", "playwright-core")),
            "needs the npm packages of tests/Page: build/setup --tests");
        return new Browser(Process.Start(new ProcessStartInfo(node, "driven.mjs")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);
    }

    /// <param name="step">The body of a function of Playwright's <c>page</c>; what it returns is told as JSON.</param>
    public async Task<JsonElement> DoAsync(string step)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(step).AsMemory(), Token);
        await _process.StandardInput.FlushAsync(Token);
        var line = await _process.StandardOutput.ReadLineAsync(Token);
        Assert.True(line is not null, $"the browser has ended at: {step}");
        var answer = JsonSerializer.Deserialize<JsonElement>(line);
        Assert.True(answer.TryGetProperty("value", out var value), $"{step}\n{line}");
        return value;
    }

    /// <summary>Waits for an element that is seen.</summary>
    /// <param name="selector">As Playwright has them.</param>
    /// <returns>Its text.</returns>
    public async Task<string> SeeAsync(string selector) =>
        (await DoAsync($"return (await page.waitForSelector({Quoted(selector)})).textContent()")).GetString()!;

    /// <summary>Waits until an element's text is as a regular expression says.</summary>
    public Task ReadAsync(string id, string pattern) => DoAsync(
        $"await page.waitForFunction(() => /{pattern}/.test(document.getElementById({Quoted(id)}).textContent))");

    public Task ClickAsync(string selector) => DoAsync($"await page.click({Quoted(selector)})");

    /// <summary>Neither axe nor the browser, nor the policy of the page, finds anything amiss.</summary>
    public async Task DemandCleanAsync()
    {
        var found = await DoAsync(
            "return [...await findings(page), ...complaints, ...await page.evaluate(() => window.violations)]");
        Assert.True(found.GetArrayLength() == 0, found.GetRawText());
    }

    /// <summary>Where FINEWEB_PICTURES names a folder.</summary>
    public async Task PictureAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("FINEWEB_PICTURES") is { Length: > 0 } folder)
            await DoAsync(
                "await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));" +
                $"await page.screenshot({{ path: {Quoted(Path.Combine(folder, name + ".png"))}, fullPage: true }})");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
