using System.Net;
using System.Runtime.CompilerServices;

namespace FineWebTorch.Hub;

/// <summary>Listings come in pages, each of which names the next.</summary>
public sealed partial class HubClient
{
    private const int MostPages = 100_000;

    /// <summary>First what is kept of the listing, then the rest of it from the Hub.</summary>
    private async IAsyncEnumerable<ListedPage> PagesAsync(
        Uri first, string purpose, HubRepository repository, KeptPages? kept,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HubRequest Ask(Uri page) => Get(page, purpose, repository);
        var known = kept?.From(first.PathAndQuery, MostPages) ?? [];
        var next = known.Count == 0 ? first : Following(first, known[^1]);
        ListedPage? page = null;
        // Before anything of the kept pages is given away.
        if (known.Count > 0 && next is not null)
        {
            page = await FetchPageIfKnownAsync(Ask(next), cancellationToken).ConfigureAwait(false);
            if (page is null)
                (known, next) = ([], first);
        }

        foreach (var one in known)
            yield return one;
        for (var count = known.Count; next is not null; count++)
        {
            page ??= await FetchPageAsync(Ask(next), count == MostPages, cancellationToken).ConfigureAwait(false);
            kept?.Keep(next.PathAndQuery, page);
            yield return page;
            (next, page) = (Following(first, page), null);
        }
    }

    /// <summary>Null where the Hub no longer knows the cursor, which is that of an earlier process.</summary>
    private async Task<ListedPage?> FetchPageIfKnownAsync(HubRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await FetchPageAsync(request, mustBeLast: false, cancellationToken).ConfigureAwait(false);
        }
        catch (HubException exception) when (MeansBadCursor(exception))
        {
            return null;
        }
    }

    private async Task<ListedPage> FetchPageAsync(
        HubRequest request, bool mustBeLast, CancellationToken cancellationToken)
    {
        var answer = await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var files = answer.Read<TreeRow[]>(request).Select(row => row.ToFile()).ToList();
        var next = LinkHeader.Next(answer.Header("Link")) is { } link ? _addresses.Own(link) : null;
        if (next is not null && (mustBeLast || !SignedUrl.SameOrigin(next, Options.Endpoint)))
            throw answer.Unexpected(request, $"continues at {SignedUrl.Redact(next)}, which is not the endpoint");
        return new ListedPage(files, next?.PathAndQuery);
    }

    private static Uri? Following(Uri first, ListedPage page) =>
        page.Next is null ? null : SignedUrl.Resolve(first, page.Next);

    /// <summary>
    /// Of a page that was asked for by a kept cursor. A server that cannot read a cursor may call that a fault of its
    /// own; when it is overloaded it says so by another status.
    /// </summary>
    private static bool MeansBadCursor(HubException exception) =>
        exception.Kind is HubErrorKind.BadRequest or HubErrorKind.NotFound or HubErrorKind.EntryNotFound ||
        exception.Status == HttpStatusCode.InternalServerError;
}

/// <summary>
/// Pages of a listing that outlive a process, by their addresses: a path and query at the endpoint, which name
/// repository, commit, folder and place in the listing, so that a page of one commit is never taken for another's.
/// </summary>
/// <param name="Find">Null for a page that is not kept.</param>
/// <param name="Keep">
/// Hears of each page that comes from the Hub, in order; of one that is kept already too, where the Hub does not go on
/// from the last of them and the listing begins anew.
/// </param>
public sealed record KeptPages(Func<string, ListedPage?> Find, Action<string, ListedPage> Keep)
{
    /// <summary>As many as are kept without a gap.</summary>
    internal IReadOnlyList<ListedPage> From(string first, int most)
    {
        var pages = new List<ListedPage>();
        var address = first;
        while (address is not null && pages.Count < most && Find(address) is { } page)
        {
            pages.Add(page);
            address = page.Next;
        }

        return pages;
    }
}

/// <param name="Next">Address of the page after it; null for the last.</param>
public sealed record ListedPage(IReadOnlyList<HubFile> Files, string? Next);
