namespace FineWebTorch.HubEmulator;

/// <summary>Who may do what.</summary>
internal static class Access
{
    /// <summary>Checks the token, if one was sent.</summary>
    /// <returns>Whether the caller is known.</returns>
    public static bool Identify(Exchange exchange)
    {
        var options = exchange.State.Options;
        if (options.Token is null)
            return true;
        if (exchange.BearerToken is not { } token)
            return false;
        return token == options.Token || token == options.ReadToken
            ? true
            : throw new ApiException(401, null, "Invalid credentials in Authorization header");
    }

    public static Repository Read(Exchange exchange, string kind, string id)
    {
        var known = Identify(exchange);
        var repository = exchange.State.Store.Find(kind, id);
        if (repository is null)
            throw known ? new ApiException(404, "RepoNotFound", "Repository not found") : ApiException.NoRepository();
        if (repository.State.Private && !known)
            throw ApiException.NoRepository();
        return repository.State.Disabled
            ? throw new ApiException(403, null, "Access to this resource is disabled.") : repository;
    }

    /// <param name="isProposal">Opening a pull request takes no more than the right to read.</param>
    public static Repository Write(Exchange exchange, string kind, string id, bool isProposal = false)
    {
        if (!Identify(exchange))
            throw ApiException.NoRepository();
        var repository = Read(exchange, kind, id);
        DemandWrite(exchange, isProposal);
        return repository;
    }

    public static void DemandWrite(Exchange exchange, bool isProposal = false)
    {
        if (!Identify(exchange))
            throw new ApiException(401, null, "Invalid username or password.");
        if (exchange.State.Options.ReadToken is { } readToken && exchange.BearerToken == readToken && !isProposal)
            throw new ApiException(403, null, "Forbidden: you must use a write token to upload to a repository.");
    }

    /// <summary>Content of a gated repository, unlike its listing, is for those who have accepted its terms.</summary>
    public static void DemandTerms(Exchange exchange, Repository repository)
    {
        if (repository.State.Gated is null || (Identify(exchange) && repository.State.TermsAccepted))
            return;
        var status = Identify(exchange) && exchange.BearerToken is not null ? 403 : 401;
        throw new ApiException(
            status, "GatedRepo",
            $"Access to dataset {repository.Id} is restricted. You must be authenticated to access it.");
    }
}
