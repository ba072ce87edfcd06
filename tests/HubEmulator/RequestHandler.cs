using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.HubEmulator;

/// <summary>The way of a request: log, quota, faults, route, errors.</summary>
internal sealed class RequestHandler(EmulatorState state)
{
    public const string DataMark = "data";
    private int _requests;

    public async Task HandleAsync(HttpContext context)
    {
        var isData = context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(DataMark) ?? false;
        var target = Target.Of(context);
        var route = Router.Match(context, target, isData);
        var entry = Describe(context, target, route, isData);
        state.Log.Add(entry);
        var exchange = new Exchange(context, target, state, entry);
        var number = Interlocked.Increment(ref _requests).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["X-Request-Id"] = "emulated-" + number;
        state.Garbage.RunIfDue();
        var fault = state.Faults.Take(entry);
        try
        {
            if (fault is null)
                await AnswerAsync(exchange, route, isData).ConfigureAwait(false);
            else
                await FaultRunner.RunAsync(exchange, fault, () => AnswerAsync(exchange, route, isData))
                    .ConfigureAwait(false);
            entry.Status = context.Response.StatusCode;
        }
        catch (FaultHappenedException)
        {
            entry.Status = 0;
            throw;
        }
        catch (OperationCanceledException)
        {
            entry.Status = 0;
        }
    }

    private async Task AnswerAsync(Exchange exchange, Route route, bool isData)
    {
        try
        {
            if (!isData && route.Kind != RequestKind.Control &&
                state.Quota.Count(Bucket(route)) is var (header, allowed))
            {
                exchange.Response.Headers["RateLimit"] = header;
                if (!allowed)
                    throw new ApiException(429, null, "We had to rate limit you");
            }
            await route.Handle(exchange).ConfigureAwait(false);
        }
        catch (ApiException error)
        {
            await exchange.ErrorAsync(error).ConfigureAwait(false);
        }
    }

    private static string Bucket(Route route) => route.Kind is RequestKind.Resolve or RequestKind.Raw ? "resolvers"
        : "api";

    private RequestEntry Describe(HttpContext context, Target target, Route route, bool isData)
    {
        var headers = context.Request.Headers;
        var isSigned = isData || route.Kind == RequestKind.Complete;
        return new RequestEntry(route.Kind, isData, context.Request.Method, target.RawPath)
        {
            HasAuthorization = headers.Authorization.Count > 0,
            HasCookie = headers.Cookie.Count > 0,
            Range = headers.Range.Count > 0 ? headers.Range.ToString() : null,
            AcceptEncoding = headers.AcceptEncoding.Count > 0 ? headers.AcceptEncoding.ToString() : null,
            ContentLength = context.Request.ContentLength,
            UserAgent = headers.UserAgent.ToString(),
            Query = isSigned ? "" : target.Query.TrimStart('?'),
            IsRepeated = route.Kind == RequestKind.ObjectPut && DataRoutes.IsStored(state, target),
        };
    }
}

/// <summary>Handles a request the way a fault wants it.</summary>
internal static class FaultRunner
{
    public static async Task RunAsync(Exchange exchange, Fault fault, Func<Task> handle)
    {
        var context = exchange.Context;
        if (fault.ApplyFirst)
            await ApplyAsync(context, handle).ConfigureAwait(false);
        if (fault.Until is { } until)
        {
            fault.Reached?.TrySetResult();
            await until.WaitAsync(context.RequestAborted).ConfigureAwait(false);
        }
        if ((fault.Reset && fault.CutAfter is null) || (fault.ApplyFirst && fault.Status is null))
        {
            context.Abort();
            return;
        }
        if (fault.Status is { } status)
        {
            await AnswerAsync(exchange, fault, status).ConfigureAwait(false);
            return;
        }
        if (fault.IgnoreRange)
            context.Request.Headers.Remove("Range");
        if (fault.StopReadingAt is { } bytes)
            context.Request.Body = new UnreadBody(context, context.Request.Body, bytes, fault.Reached);
        if (fault.Answered is { } answered)
            context.Response.OnCompleted(() => Task.FromResult(answered.TrySetResult()));
        context.Response.OnStarting(() =>
        {
            foreach (var (name, value) in fault.ReplaceHeaders)
                context.Response.Headers[name] = value.Length == 0 ? default : value;
            return Task.CompletedTask;
        });
        context.Response.Body = new FaultyBody(context, context.Response.Body, fault);
        await handle().ConfigureAwait(false);
    }

    /// <summary>Handles the request for its effect alone.</summary>
    private static async Task ApplyAsync(HttpContext context, Func<Task> handle)
    {
        var real = context.Response.Body;
        context.Response.Body = new MemoryStream();
        await handle().ConfigureAwait(false);
        context.Response.Body = real;
        context.Response.Clear();
    }

    private static Task AnswerAsync(Exchange exchange, Fault fault, int status)
    {
        var response = exchange.Response;
        response.StatusCode = status;
        foreach (var (name, value) in fault.Headers)
            response.Headers[name] = value;
        var body = fault.Body ?? """{"error":"a planned fault"}""";
        response.ContentType ??= body.StartsWith('<') ? "text/html" : "application/json";
        return exchange.BytesAsync(Encoding.UTF8.GetBytes(body));
    }
}
