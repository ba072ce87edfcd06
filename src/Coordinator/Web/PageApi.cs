using System.Text.Json;
using System.Threading.Channels;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Control;
using FineWebTorch.Coordinator.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FineWebTorch.Coordinator.Web;

/// <summary>What the page asks of the coordinator of a run; docs/watching.md says how.</summary>
internal sealed class PageApi(RunWatch watch, EventHistory events, SnapshotFeed feed, RunFacts facts, ControlDesk desk,
    FileList files, DocumentSamples documents)
{
    /// <param name="tokenOf">What a page shows to change anything, by a request of it.</param>
    public void Map(IEndpointRouteBuilder routes, Func<HttpRequest, string> tokenOf)
    {
        routes.MapGet("/events", feed.SendAsync);
        routes.MapGet("/api/run", context => PageJson.WriteAsync(
            context, facts.Describe(tokenOf(context.Request))));
        routes.MapGet("/api/history", context => PageJson.WriteAsync(context, watch.History.View()));
        routes.MapGet("/api/workers", context => ListAsync(context, WorkersAsync));
        routes.MapGet("/api/files", context => ListAsync(context, FilesAsync));
        routes.MapGet("/api/documents", context => ListAsync(context, DocumentsAsync));
        routes.MapGet("/api/events", context => ListAsync(context, EventsAsync));
        foreach (var path in facts.MayAct ? ControlRequest.ByPath.Keys : [])
            routes.MapPost($"/api/{path}", context => DoAsync(context, path));
    }

    private async Task<object> WorkersAsync(HttpContext context, ListRequest request) =>
        new WorkerList(watch.Now ?? await watch.NextAsync(context.RequestAborted)).Page(request);

    private Task<object> FilesAsync(HttpContext context, ListRequest request) =>
        files.PageAsync(request, context.RequestAborted);

    private Task<object> EventsAsync(HttpContext context, ListRequest request) => Task.FromResult<object>(new
    {
        Items = events.After(request.Number("after", 0, long.MaxValue), request.Limit).Select(Describe),
    });

    private async Task<object> DocumentsAsync(HttpContext context, ListRequest request)
    {
        var band = (int)request.Number("band", 0, DocumentSamples.HighestBand);
        var page = await documents.SampleAsync(
            band, (int)Math.Max(1, request.Number("count", 10, DocumentSamples.Most)), context.RequestAborted);
        return page ?? DocumentPage.None("others look at documents at this moment; try again");
    }

    private static object Describe(SeenEvent seen)
    {
        var content = JsonSerializer.SerializeToNode(seen.Event, seen.Event.GetType(), PageJson.Options)!;
        return new
        {
            Seq = seen.Number,
            seen.Time,
            Kind = EventJson.NameOf(seen.Event),
            Text = SummaryText.Clean(EventText.Of(seen.Event)),
            Worker = (string?)content["worker"],
            File = (string?)content["file"],
        };
    }

    private static async Task ListAsync(HttpContext context, Func<HttpContext, ListRequest, Task<object>> list)
    {
        object answer;
        try
        {
            answer = await list(context, new ListRequest(context.Request.Query));
        }
        catch (FormatException wrong)
        {
            await PageJson.RefuseAsync(context, StatusCodes.Status400BadRequest, wrong.Message);
            return;
        }
        catch (ChannelClosedException)
        {
            await PageJson.RefuseAsync(
                context, StatusCodes.Status503ServiceUnavailable, "the session of this run's coordinator is at its end");
            return;
        }

        await PageJson.WriteAsync(context, answer);
    }

    private async Task DoAsync(HttpContext context, string path)
    {
        if (await NameAsync(context, path) is not { } name)
        {
            await PageJson.RefuseAsync(
                context, StatusCodes.Status400BadRequest, """give {"worker": "name"} or {"file": "name"}, as the path says""");
            return;
        }

        // A ban is kept as a pattern.
        var answer = path == "workers/ban" && name.AsSpan().IndexOfAny('*', '?') >= 0
            ? ControlAnswer.Refused($"{name} would ban others as well: ban it with 'coordinator workers ban'")
            : await desk.DoAsync(
                ControlRequest.ByPath[path](new NamePatterns([name]) { AreNames = true }), context.RequestAborted);
        if (answer.Refusal is { } refusal)
            await PageJson.RefuseAsync(context, StatusCodes.Status409Conflict, refusal);
        else
            await PageJson.WriteAsync(context, new { Text = string.Join("; ", Done(path, answer)) });
    }

    /// <summary>Of what it is about; null where the request does not say so.</summary>
    private static async Task<string?> NameAsync(HttpContext context, string path)
    {
        if (!path.Contains('/', StringComparison.Ordinal) || path == "pause/now")
            return "run";
        try
        {
            var request = await JsonSerializer.DeserializeAsync<ActionRequest>(
                context.Request.Body, PageJson.Options, context.RequestAborted);
            var name = path.StartsWith("workers/", StringComparison.Ordinal) ? request?.Worker : request?.File;
            return name is { Length: > 0 } && PlainText.IsPlain(name) ? name : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Done(string path, ControlAnswer answer) =>
        answer.Done.Select(done => ControlWords.Of(path, done)).Concat(answer.Useless ?? []);

    private sealed record ActionRequest(string? Worker, string? File);
}
