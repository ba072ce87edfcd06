using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Limits;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.Coordinator.Web;

/// <summary>An endpoint of the page's server that whoever reaches it may ask: it shows nothing of a run.</summary>
internal sealed class NoCookieNeeded
{
    public static NoCookieNeeded Mark { get; } = new();
}

/// <summary>
/// Stands before all that the page's server answers. Refuses names that are not this machine's (DNS rebinding), browsers
/// without a cookie, requests that another site has a browser make, and changes without the page's own token.
/// </summary>
/// <param name="cookie">Its name. Ports share cookies: it names the port.</param>
/// <param name="isLoopback">Only this machine reaches the server, by names of its own.</param>
/// <param name="wrong">Holds back who tries codes.</param>
internal sealed class PageGate(
    WatchAccess access, string cookie, bool isLoopback, bool isEncrypted, WrongTokens wrong, string advice)
{
    public const string TokenHeader = "X-Fineweb-Csrf";

    private static readonly string ContentSecurityPolicy =
        $"default-src 'none'; script-src 'self'{PageFiles.Embedded.InlineSource("script")}; " +
        $"style-src 'self'{PageFiles.Embedded.InlineSource("style")}; connect-src 'self'; img-src 'self' data:; " +
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>A part of the server's pipeline, behind routing.</summary>
    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        SetHeaders(context.Response.Headers);
        if (isLoopback && !IsOfThisMachine(context.Request.Host))
        {
            await RefuseAsync(
                context, StatusCodes.Status421MisdirectedRequest,
                "this page is for this machine alone: call it 127.0.0.1 or localhost");
            return;
        }

        if (context.GetEndpoint()?.Metadata.GetMetadata<NoCookieNeeded>() is not null)
        {
            await next(context);
            return;
        }

        var (status, fault) = FaultOf(context.Request);
        if (fault is null)
            await next(context);
        else
            await RefuseAsync(context, status, fault);
    }

    /// <summary>The cookie that came with a request; null where none did that counts.</summary>
    public string? CookieOf(HttpRequest request) =>
        request.Cookies[cookie] is { } content && access.Knows(content) ? content : null;

    /// <summary>Exchanges a code for a cookie, and shows the page.</summary>
    public async Task EnterAsync(HttpContext context)
    {
        if (CookieOf(context.Request) is null)
        {
            if (access.Redeem(new Secret(context.Request.Query["code"].ToString())) is not { } content)
            {
                await wrong.HoldBackAsync(context);
                await RefuseAsync(
                    context, StatusCodes.Status401Unauthorized, $"this link has let somebody in before, or is too old; {advice}");
                return;
            }

            context.Response.Cookies.Append(cookie, content, new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Secure = isEncrypted,
                MaxAge = WatchAccess.CookieLife,
                Path = "/",
            });
        }

        // Not by a redirection: where another site had the link, a browser would not send a strict cookie along.
        await HtmlAsync(context, StatusCodes.Status200OK, """<meta http-equiv="refresh" content="0;url=/">""",
            """<a href="/">How the run goes</a>""");
    }

    /// <summary>What helps whoever has no cookie.</summary>
    public static string AdviceOf(string runFolder) =>
        $"'{Launchers.Of("coordinator")} token web --run {runFolder}' prints a link that lets a browser in";

    private static void SetHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    private (int Status, string? Fault) FaultOf(HttpRequest request)
    {
        if (CookieOf(request) is not { } content)
            return (StatusCodes.Status401Unauthorized, $"this browser has not been let in, or was long ago: {advice}");
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return FaultOfChange(request, content);
        return request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none" || request.Path == "/"
            ? (0, null)
            : (StatusCodes.Status403Forbidden, "another site asks for it");
    }

    private (int Status, string? Fault) FaultOfChange(HttpRequest request, string content)
    {
        var (site, origin) = (request.Headers["Sec-Fetch-Site"].ToString(), request.Headers.Origin.ToString());
        var own = $"{request.Scheme}://{request.Host}";
        if ((site.Length > 0 && site != "same-origin") || (origin.Length > 0 && origin != own) ||
            site.Length + origin.Length == 0)
            return (StatusCodes.Status403Forbidden, "another site asks for it, or none is named");
        return access.IsTokenOf(content, request.Headers[TokenHeader])
            ? (0, null)
            : (StatusCodes.Status403Forbidden, $"{TokenHeader} is not that of /api/run: load the page anew");
    }

    private static bool IsOfThisMachine(HostString host) =>
        host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ||
        (IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static Task RefuseAsync(HttpContext context, int status, string fault) =>
        context.Request.Path.StartsWithSegments("/api") || context.Request.Path == "/events"
            ? PageJson.RefuseAsync(context, status, fault)
            : HtmlAsync(context, status, "", WebUtility.HtmlEncode(fault));

    private static Task HtmlAsync(HttpContext context, int status, string head, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(
            $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>FineWebTorch</title>{head}
            <link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/page.css"></head>
            <body class="entry"><main><h1>FineWebTorch</h1><p>{body}</p></main></body>
            </html>

            """,
            context.RequestAborted);
    }
}
